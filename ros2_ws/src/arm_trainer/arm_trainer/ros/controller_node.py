"""The deployed policy as a managed (lifecycle) node: parameters, transitions, emergency stop.

What it does while active is `control_loop.py`'s.
"""

import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Literal

import pydantic
from lifecycle_msgs.srv import ChangeState
from rclpy.context import Context
from rclpy.impl.implementation_singleton import rclpy_implementation
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn
from std_srvs.srv import Trigger

from arm_sim.common.config import settings
from arm_sim.common.errors import UserError
from arm_sim.robot.loader import load_robot
from arm_sim.ros.node_runtime import declare_parameters, read_parameters, run_node
from arm_trainer.deployment.controller import Controller
from arm_trainer.deployment.reachable_targets import ReachableTargets
from arm_trainer.deployment.target_sequence import read_targets
from arm_trainer.policies.bundle import Policy
from arm_trainer.policies.bundle_files import find_bundle
from arm_trainer.ros.active_controller import SHADOW_TOPIC, Deployment
from arm_trainer.ros.control_loop import ControlLoop

_STATES_TIMEOUT = 5.0


@settings
class ControllerParameters:
    """The node's parameters; all are read when it is configured."""

    policy: str = pydantic.Field("", description="Policy bundle, or the run folder that holds it")
    model: str = pydantic.Field(
        "fetch_arm",
        description="Built-in robot's name, or path to an MJCF file with a robot YAML beside it",
    )
    autostart: bool = pydantic.Field(
        True, description="Configure and activate once the robot is heard"
    )
    command_interface: Literal["joint_command", "joint_trajectory", "position_array"] = (
        pydantic.Field(
            "joint_command",
            description="joint_command, or as ros2_control's joint_trajectory_controller "
            "(joint_trajectory) or forward_command_controller (position_array) listens",
        )
    )
    command_gripper: bool = pydantic.Field(
        True, description="Whether commands name the gripper's joints after the arm's"
    )
    shadow: bool = pydantic.Field(
        False, description=f"Publish commands on {SHADOW_TOPIC} and leave the arm alone"
    )
    speed_scale: float = pydantic.Field(
        1.0, ge=0.01, le=1.0, description="What the joints' velocity limits are multiplied by"
    )
    max_observation_age: float = pydantic.Field(
        0.0,
        ge=0.0,
        le=10.0,
        description="Seconds until a joint state, or a frame of a policy that sees, is stale and "
        "the arm holds; 0 takes two control periods",
    )
    targets_file: str = pydantic.Field(
        "", description="YAML file of targets to go through: 'targets: [[x, y, z], …]', m"
    )


class ControllerNode(LifecycleNode):
    """Runs a policy while it is active; `run` is its loop."""

    def __init__(self, context: Context) -> None:
        """Declares the parameters and joins the graph, unconfigured.

        Raises:
            UserError: If a parameter is wrong.
        """
        super().__init__("arm_controller", context=context)
        self._autostart = declare_parameters(self, ControllerParameters, changeable=True).autostart
        self._loop = ControlLoop(self)
        self._hold_reason = ""
        self._prepared: Deployment | None = None
        # rclpy answers a transition that is not possible now with an exception, which would end
        # the thread that serves all services.
        self._change_state = self._service_change_state.callback
        self._service_change_state.callback = self._on_change_state
        self.create_service(Trigger, "emergency_stop", self._on_emergency_stop)
        self.create_service(Trigger, "release_emergency_stop", self._on_release)

    def run(self, stop: threading.Event) -> None:
        """Serves until `stop` is set.

        Raises:
            UserError: If it starts by itself and can't be configured.
        """
        if self._autostart:
            # What can be known to be wrong now need not wait for a robot.
            self._prepared = self._prepare()
            self.get_logger().info("Waiting for joint_states")
        starting = self._autostart
        while not stop.is_set():
            self._loop.turn()
            if starting and self._loop.hears_the_robot:
                starting = False
                self._start()
            if self._loop.stopped_by_emergency:
                # Not possible while a service is making another transition, and tried again then.
                with suppress(rclpy_implementation.RCLError):
                    self.trigger_deactivate()
                    self.get_logger().error(
                        "Emergency stop: the arm is held; call release_emergency_stop, then "
                        "activate."
                    )
        self._loop.finish()

    def _start(self) -> None:
        try:
            if self.trigger_configure() != TransitionCallbackReturn.SUCCESS:
                raise UserError(self._hold_reason)
            self.trigger_activate()
        except rclpy_implementation.RCLError:
            self.get_logger().warning("Not started by itself: somebody else makes transitions.")

    # Transitions. What they raise, rclpy takes as an error without a word, so each says why.

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Loads the bundle and checks it against the robot that is heard."""
        try:
            # Prepared before the robot was heard, or just now.
            deployment, self._prepared = self._prepared or self._prepare(), None
            deadline = time.monotonic() + _STATES_TIMEOUT
            while not self._loop.hears_the_robot:
                if time.monotonic() > deadline:
                    raise UserError(
                        f"No joint states on joint_states in {_STATES_TIMEOUT:g} s; is the robot's "
                        "driver, or the simulator, running?"
                    )
                time.sleep(0.02)
            if misfits := self._loop.misfits(deployment):
                raise UserError(
                    f"The policy does not fit the robot on the graph: {'; '.join(misfits)}."
                )
        except UserError as error:
            return self._refuse(str(error))
        self._loop.load(deployment)
        robot = deployment.controller.task.robot.name
        self.get_logger().info(f"Configured for {robot}, joint states are as expected")
        return TransitionCallbackReturn.SUCCESS

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Begins to command, from the arm's present pose."""
        if self._loop.emergency_stop.is_set():
            return self._refuse(
                "Not activated: the emergency stop is latched; call release_emergency_stop first."
            )
        self._loop.enable()
        self.get_logger().info("Active")
        return super().on_activate(state)

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Brakes and holds."""
        self._loop.disable()
        self.get_logger().info("Inactive: the arm is held")
        return super().on_deactivate(state)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Forgets the policy."""
        self._loop.load(None)
        return super().on_cleanup(state)

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Brakes and holds."""
        self._loop.disable()
        return super().on_shutdown(state)

    def _refuse(self, sentence: str) -> TransitionCallbackReturn:
        self._hold_reason = sentence
        self.get_logger().error(sentence)
        return TransitionCallbackReturn.FAILURE

    def _prepare(self) -> Deployment:
        """Loads everything that the parameters name.

        Raises:
            UserError: If something is wrong with it.
        """
        p = read_parameters(self, ControllerParameters)
        if not p.policy:
            raise UserError("Parameter 'policy' is missing: give a policy bundle or a run folder.")
        robot = load_robot(p.model)
        policy = Policy(find_bundle(Path(p.policy)))
        controller = Controller(policy, robot, p.speed_scale)
        return Deployment(
            controller=controller,
            interface=p.command_interface,
            max_age=p.max_observation_age or 2.0 * controller.task.control_period,
            command_gripper=p.command_gripper,
            shadow=p.shadow,
            reachable=ReachableTargets(controller.task.task),
            targets=read_targets(Path(p.targets_file)) if p.targets_file else [],
        )

    def _on_change_state(
        self, request: ChangeState.Request, response: ChangeState.Response
    ) -> ChangeState.Response:
        try:
            return self._change_state(request, response)
        except rclpy_implementation.RCLError as error:
            self.get_logger().error(f"Transition refused: {' '.join(str(error).split())}")
            response.success = False
            return response

    # The emergency stop. A topic of the same name does it too; see the control loop.

    def _on_emergency_stop(
        self, _request: Trigger.Request, response: Trigger.Response
    ) -> Trigger.Response:
        self._loop.stop()
        response.success, response.message = True, "Latched; the arm is braking."
        return response

    def _on_release(
        self, _request: Trigger.Request, response: Trigger.Response
    ) -> Trigger.Response:
        # To release is not to start again (ISO 13850): that takes an activation.
        self._loop.emergency_stop.clear()
        response.success, response.message = True, "Released; activate to go on."
        return response


def main() -> None:
    """Entry point of `ros2 run arm_trainer controller_node`."""
    run_node("controller_node", ControllerParameters, ControllerNode, lambda node: node)


if __name__ == "__main__":
    main()
