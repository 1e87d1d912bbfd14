"""The deployed policy as a node: hears `joint_states` and the target, publishes `joint_command`.

It acts when a state arrives, once per control period of the states' own time, so it keeps step with
a real arm and a simulator at any speed alike. When what it hears is stale, the arm holds still.
"""

import sys
import threading
import time
from pathlib import Path

import numpy as np
import pydantic
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from geometry_msgs.msg import PoseStamped
from rclpy.node import Node
from sensor_msgs.msg import JointState

from arm_sim.errors import UserError
from arm_sim.joint_messages import (
    JointReader,
    JointWriter,
    RejectedMessage,
    read_target,
    set_stamp,
    stamp_ns,
)
from arm_sim.process import run_command
from arm_sim.robot import Floats, load_robot
from arm_sim.ros_process import (
    declare_parameters,
    refuse_other_arguments,
    ros_context,
    services_thread,
)
from arm_sim.ros_topics import NEWEST, RELIABLE, TopicReader, TopicWaiter
from arm_sim.settings import settings
from arm_trainer.bundle import Policy, find_bundle
from arm_trainer.controller import Controller

# rclpy throttles each place of a warning on its own, so every place calls the logger itself.
_THROTTLE = 1.0
_DIAGNOSTICS_PERIOD = 1.0
# Jitter of stamps that still counts as on time, as a part of the control period.
_EARLY = 0.2


@settings
class ControllerParameters:
    """The node's parameters."""

    policy: str = pydantic.Field("", description="Policy bundle, or the run folder that holds it")
    model: str = pydantic.Field(
        "fetch_arm",
        description="Built-in robot's name, or path to an MJCF file with a robot YAML beside it",
    )
    max_observation_age: float = pydantic.Field(
        0.1,
        ge=0.001,
        le=10.0,
        description="Seconds (wall clock) without a fresh joint state until the arm holds",
    )


class ControllerNode:
    """Runs a policy; `run` is its loop."""

    def __init__(self, node: Node) -> None:
        """Loads the policy and checks that it fits the robot.

        Raises:
            UserError: If a parameter is wrong or the policy does not fit.
        """
        self._node = node
        self._logger = node.get_logger()
        parameters = declare_parameters(node, ControllerParameters)
        self._max_age = parameters.max_observation_age
        self._robot = load_robot(parameters.model)
        if not parameters.policy:
            raise UserError("Parameter 'policy' is missing: give a policy bundle or a run folder.")
        policy = Policy(find_bundle(Path(parameters.policy)))
        self._controller = Controller(policy, self._robot)
        self._period_ns = round(self._controller.task.control_period * 1e9)

        names = self._robot.joint_names
        self._body = self._robot.command_indices
        self._body_reader = JointReader("joint_states", [names[i] for i in self._body], 1)
        self._target_names = [names[i] for i in self._robot.target]
        self._target_reader = JointReader("joint_states", self._target_names, 1)
        self._writer = JointWriter(self._robot.command_joints, 1)
        self._commands = node.create_publisher(JointState, "joint_command", RELIABLE)
        self._diagnostics = node.create_publisher(DiagnosticArray, "diagnostics", RELIABLE)
        self._states = TopicReader(node, JointState, "joint_states", NEWEST)
        self._targets = TopicReader(node, PoseStamped, "target_pose")
        self._waiter = TopicWaiter(node.context, [self._states, self._targets])

        self._positions = self._robot.home.copy()
        self._velocities = np.zeros(len(names))
        self._has_target = False
        self._stamp = -1  # Of the newest state, ns.
        self._heard_at = -np.inf
        self._acting = False  # Whether commands are going out: there is a target and news.
        self._due = 0
        self._commands_sent = self._holds = self._refused = 0
        self._next_diagnostics = time.monotonic() + _DIAGNOSTICS_PERIOD

    def run(self, stop: threading.Event) -> None:
        """Serves until `stop` is set."""
        self._logger.info("Waiting for joint_states and a target")
        while not stop.is_set():
            if self._waiter.wait(min(0.02, self._max_age / 2)):
                try:
                    if (pose := self._targets.take()) is not None:
                        self._on_target(pose)
                    if (state := self._states.take()) is not None:
                        self._on_state(state)
                except RejectedMessage as error:
                    self._refused += 1
                    self._logger.warning(str(error), throttle_duration_sec=_THROTTLE)
            if self._acting and time.monotonic() - self._heard_at > self._max_age:
                self._hold()
                self._holds += 1
                self._logger.warning(
                    f"No fresh joint state for {self._max_age} s: holding still",
                    throttle_duration_sec=_THROTTLE,
                )
            self._diagnose_if_due()
        if self._acting:
            self._hold()

    def _on_state(self, message: JointState) -> None:
        stamp = stamp_ns(message)
        if stamp == self._stamp or (self._acting and stamp < self._stamp):
            return  # Not news. (A clock that goes back and on again is a simulator started anew.)
        positions, velocities = self._body_reader.read_known(message)
        self._positions[self._body], self._velocities[self._body] = positions[0], velocities[0]
        if self._target_names[0] in message.name:
            # The simulator's target is part of its state, and is where target_pose put it.
            self._positions[self._robot.target] = self._target_reader.read_known(message)[0][0]
            self._has_target = True
        self._stamp = stamp
        self._heard_at = time.monotonic()
        if not self._has_target:
            return
        if not self._acting:
            self._acting = True
            self._controller.start(self._positions)
            self._due = stamp
            self._logger.info("Commanding from the present pose")
        if stamp < self._due - _EARLY * self._period_ns:
            return
        late = stamp - self._due > self._period_ns
        self._due = (stamp if late else self._due) + self._period_ns
        self._send(self._controller.command(self._positions, self._velocities))

    def _on_target(self, message: PoseStamped) -> None:
        self._positions[self._robot.target] = read_target(message, self._robot.base_frame)
        self._has_target = True

    def _hold(self) -> None:
        """Commands the arm to stay where it was last seen, once, and waits for news."""
        self._acting = False
        self._send(self._controller.hold(self._positions))

    def _send(self, command: Floats) -> None:
        self._commands.publish(self._writer.write(self._stamp, command))
        self._commands_sent += 1

    def _diagnose_if_due(self) -> None:
        now = time.monotonic()
        if now < self._next_diagnostics:
            return
        self._next_diagnostics = now + _DIAGNOSTICS_PERIOD
        waiting = "no fresh joint states" if self._has_target else "no target"
        message = "acting" if self._acting else waiting
        status = DiagnosticStatus(
            level=DiagnosticStatus.OK if self._acting else DiagnosticStatus.WARN,
            name=f"{self._node.get_name()}: controller",
            message=message,
            hardware_id=self._robot.name,
            values=[
                KeyValue(key="commands", value=str(self._commands_sent)),
                KeyValue(key="holds", value=str(self._holds)),
                KeyValue(key="refused messages", value=str(self._refused)),
            ],
        )
        array = DiagnosticArray(status=[status])
        set_stamp(array.header.stamp, max(0, self._stamp))
        self._diagnostics.publish(array)


def main() -> None:
    """Entry point of `ros2 run arm_trainer controller_node`."""

    def command(stop: threading.Event) -> None:
        refuse_other_arguments(sys.argv)
        with ros_context(sys.argv) as context:
            node = Node("arm_controller", context=context)
            try:
                controller = ControllerNode(node)
                with services_thread(node):
                    controller.run(stop)
            finally:
                node.destroy_node()

    sys.exit(run_command("controller_node", command))


if __name__ == "__main__":
    main()
