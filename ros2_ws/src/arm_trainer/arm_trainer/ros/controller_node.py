"""ControllerNode: runs a policy bundle as a managed (lifecycle) node.

Here are transitions and services; the control loop is in `control_loop.py`.
"""

import threading
import time
from contextlib import suppress

from lifecycle_msgs.srv import ChangeState
from rclpy.context import Context
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn
from std_srvs.srv import Trigger

from arm_sim.common.errors import UserError
from arm_sim.ros.node_parameters import declare_parameters, read_parameters
from arm_sim.ros.node_runtime import run_node
from arm_sim.ros.rclpy_internals import RCLError, replace_change_state
from arm_trainer.deployment.deployment import ControllerParameters, Deployment, load_deployment
from arm_trainer.ros.control_loop import ControlLoop

# Longest time that `configure` waits for joint states, s.
_STATES_TIMEOUT = 5.0


class ControllerNode(LifecycleNode):
    """A lifecycle node that commands the arm while it is active."""

    def __init__(self, context: Context) -> None:
        """Declares the parameters and joins the ROS graph, unconfigured.

        Raises:
            UserError: If a parameter is invalid.
        """
        super().__init__("arm_controller", context=context)
        self._autostart = declare_parameters(self, ControllerParameters, changeable=True).autostart
        self._loop = ControlLoop(self)
        self._refusal = ""
        self._loaded: Deployment | None = None
        # For a transition that is not possible now, rclpy's service raises an exception, which
        # would end the thread that serves all services.
        self._change_state = replace_change_state(self, self._on_change_state)
        self.create_service(Trigger, "emergency_stop", self._on_emergency_stop)
        self.create_service(Trigger, "release_emergency_stop", self._on_release)

    def run(self, stop: threading.Event) -> None:
        """Runs the control loop until `stop` is set, then brings the arm to rest.

        Raises:
            UserError: If `autostart` is set and the node can't be configured.
        """
        if self._autostart:
            # Invalid parameters are reported now, even where no robot is running.
            self._loaded = self._load()
            self.get_logger().info("Waiting for joint_states")
        starting = self._autostart
        while not stop.is_set():
            self._loop.run_once()
            if starting and self._loop.robot.is_present:
                starting = False
                self._configure_and_activate()
            if self._loop.stopped_by_emergency:
                # Fails while a service makes another transition; the next round tries it again.
                with suppress(RCLError):
                    self.trigger_deactivate()
                    self.get_logger().error(
                        "Emergency stop: the arm is held; call release_emergency_stop, then "
                        "activate."
                    )
        self._loop.shut_down()

    def _configure_and_activate(self) -> None:
        try:
            if self.trigger_configure() != TransitionCallbackReturn.SUCCESS:
                raise UserError(self._refusal)
            self.trigger_activate()
        except RCLError:
            self.get_logger().warning("Not started automatically: another node makes transitions.")

    # Transitions. rclpy does not log what they raise, so each logs why it fails.

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Loads the policy bundle and checks that it fits the robot on the ROS graph."""
        try:
            # With autostart it is loaded already.
            deployment, self._loaded = self._loaded or self._load(), None
            deadline = time.monotonic() + _STATES_TIMEOUT
            while not self._loop.robot.is_present:
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
        robot = deployment.controller.interface.robot.name
        self.get_logger().info(f"Configured for {robot}; its joint states are as expected")
        return TransitionCallbackReturn.SUCCESS

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Starts to command, from the arm's present pose."""
        if self._loop.emergency_stop.is_set():
            return self._refuse(
                "Not activated: the emergency stop is latched; call release_emergency_stop first."
            )
        self._loop.activate()
        self.get_logger().info("Active")
        return super().on_activate(state)

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Brakes, then stops commanding."""
        self._loop.deactivate()
        self.get_logger().info("Inactive: the arm is held")
        return super().on_deactivate(state)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Unloads the policy."""
        self._loop.load(None)
        return super().on_cleanup(state)

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Brakes, then stops commanding."""
        self._loop.deactivate()
        return super().on_shutdown(state)

    def _refuse(self, sentence: str) -> TransitionCallbackReturn:
        self._refusal = sentence
        self.get_logger().error(sentence)
        return TransitionCallbackReturn.FAILURE

    def _load(self) -> Deployment:
        return load_deployment(read_parameters(self, ControllerParameters))

    def _on_change_state(
        self, request: ChangeState.Request, response: ChangeState.Response
    ) -> ChangeState.Response:
        try:
            return self._change_state(request, response)
        except RCLError as error:
            self.get_logger().error(f"Transition refused: {' '.join(str(error).split())}")
            response.success = False
            return response

    # The emergency stop's services; the control loop subscribes to a topic of the same name.

    def _on_emergency_stop(
        self, _request: Trigger.Request, response: Trigger.Response
    ) -> Trigger.Response:
        self._loop.stop()
        response.success, response.message = True, "Latched; the arm is braking."
        return response

    def _on_release(
        self, _request: Trigger.Request, response: Trigger.Response
    ) -> Trigger.Response:
        # Releasing must not restart the machine (ISO 13850); that takes an activation.
        self._loop.emergency_stop.clear()
        response.success, response.message = True, "Released; activate the controller to continue."
        return response


def main() -> None:
    """Entry point of `ros2 run arm_trainer controller_node`."""
    run_node("controller_node", ControllerParameters, ControllerNode, lambda node: node)


if __name__ == "__main__":
    main()
