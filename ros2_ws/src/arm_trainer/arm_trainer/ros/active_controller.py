"""ActiveController: one activation of a controller, from joint states and images to commands.

It acts when a joint state arrives, at most once per control period by the states' stamps. While its
gate (`deployment/command_gate.py`) is closed it brakes within the shield's limits and then sends
nothing. Where no states arrive it sends nothing either, and the arm keeps its last targets.
"""

import threading
import time

import numpy as np
from geometry_msgs.msg import PointStamped, PoseStamped
from rclpy.node import Node
from sensor_msgs.msg import JointState

from arm_sim.common.arrays import Floats
from arm_sim.ros.joint_messages import stamp_ns
from arm_trainer.backends.backend import BatchState
from arm_trainer.deployment.control_schedule import ControlSchedule
from arm_trainer.deployment.deployment import Deployment
from arm_trainer.deployment.joint_state_monitor import JointStateMonitor, Verdict
from arm_trainer.deployment.loop_timing import ControlTiming
from arm_trainer.ros.camera_subscriber import CameraSubscriber
from arm_trainer.ros.command_publisher import CommandPublisher
from arm_trainer.ros.goal_source import GoalSource
from arm_trainer.ros.graph_command_gate import GraphCommandGate
from arm_trainer.ros.joint_state_reader import JointStateReader
from arm_trainer.ros.object_subscriber import ObjectSubscriber

_WARNING_PERIOD = 1.0
# Time between two looks at the ROS graph, s.
_GRAPH_PERIOD = 0.1
# After so many control periods without a command the arm has reached its last targets.
_PERIODS_TO_REST = 1.5


class ActiveController:
    """Commands one arm from activation to deactivation.

    Attributes:
        gate: Decides whether it may command now.
        at_rest: Set once the arm is at rest after the gate was closed for good.
    """

    def __init__(self, node: Node, deployment: Deployment) -> None:
        """Joins the ROS graph; commands follow once the gate opens.

        Args:
            node: The controller's node.
            deployment: What to run.
        """
        self._node = node
        self._controller = controller = deployment.controller
        robot = controller.interface.robot
        self._reader = JointStateReader(robot)
        self._monitor = JointStateMonitor(
            robot.velocity_limits[self._reader.joints], deployment.max_age
        )
        self._cameras: CameraSubscriber | None = None
        if controller.views is not None:
            self._cameras = CameraSubscriber(node, controller.views, deployment.max_age)
        # Created at activation: of several controllers, only the active one is a publisher.
        self._commands = CommandPublisher(node, deployment)
        self._goals = GoalSource(node, deployment)
        self._objects = ObjectSubscriber(node, robot, self._goals.goal, deployment.max_age)
        self.gate = GraphCommandGate(
            node,
            self._commands,
            self._monitor,
            self._objects.monitor,
            self._cameras.monitor if self._cameras else None,
        )
        self.at_rest = threading.Event()
        self._positions = robot.home.copy()
        self._no_objects = robot.object_home[:0]
        self._velocities = np.zeros(len(robot.joint_names))
        self._schedule = ControlSchedule(controller.interface.control_period)
        self._timing = ControlTiming(controller.interface.control_period)
        self._graph_due = 0.0

    @property
    def braking_time(self) -> float:
        """Longest time from closing the gate for good until `at_rest`, with a reserve, s."""
        return self._controller.shield.braking_periods * self._schedule.period + 1.0

    def close(self) -> None:
        """Leaves the ROS graph."""
        self._commands.close()
        if self._cameras is not None:
            self._cameras.close()
        self._objects.close()
        self._goals.close()

    def on_target(self, message: PoseStamped | PointStamped) -> None:
        """Takes a target. Where object_states show the goal, these have the final say.

        Raises:
            RejectedMessage: If the message is invalid.
        """
        self._goals.on_target(message)

    def on_state(self, message: JointState) -> None:
        """Takes a joint state and, when a control period is over, sends a command.

        Raises:
            RejectedMessage: If the message is invalid.
        """
        positions, velocities = self._reader.read(message)
        self._objects.take()  # Those of this state come before it.
        now, clock_ns = time.monotonic(), self._node.get_clock().now().nanoseconds
        stamp = stamp_ns(message)
        verdict = self._monitor.update(stamp, positions, now, clock_ns)
        if verdict is Verdict.INCONSISTENT:
            self._node.get_logger().warning(
                f"Ignored a joint state: {self._monitor.rejection_reason}",
                throttle_duration_sec=_WARNING_PERIOD,
            )
        if verdict in (Verdict.INCONSISTENT, Verdict.REPEATED):
            return
        self._positions[self._reader.joints] = positions
        self._velocities[self._reader.joints] = velocities
        if verdict is Verdict.NEW_SERIES:
            self._controller.start(self._positions)
            self._schedule.start(stamp)
        if not self._schedule.start_period(stamp):
            return
        self._update_gate()
        if self.gate.hold_reason is None and self._schedule.may_act(now):
            self._schedule.record_action(stamp)
            self._act(now, clock_ns)

    def update(self) -> None:
        """Does what is due without a joint state: reads messages, checks the gate, brakes."""
        self._objects.take()
        if self._cameras is not None:
            self._cameras.take()
        now = time.monotonic()
        if now >= self._graph_due:
            self._graph_due = now + _GRAPH_PERIOD
            self._goals.send_missing(self._monitor.stamp_ns)
            self.gate.check_graph()
        self._update_gate()
        if self.gate.hold_reason is None:
            return
        if self._monitor.has_state and not self._controller.at_rest:
            if self._schedule.start_braking_period(now):
                self._send(self._controller.brake(self._positions))
        elif self.gate.closed_for_good:
            self.at_rest.set()

    def report(self) -> dict[str, object]:
        """Returns the diagnostics' values by key."""
        controller = self._controller
        values: dict[str, object] = {
            "commands": self._commands.sent,
            "holds": self.gate.holds,
            "doubtful states": self._monitor.ignored,
            "late actions": controller.late_actions,
        }
        values |= {f"shield: {k}": v for k, v in controller.shield.interventions.items()}
        values |= self._goals.goal.report(controller.distance, controller.target_estimate)
        return values | self._timing.report()

    def _update_gate(self) -> None:
        """Checks whether commanding is allowed; prepares for braking when it no longer is."""
        if not self.gate.update(self._goals.goal.known):
            return
        now = time.monotonic()
        self._timing.interrupt()
        if now - self._commands.sent_at > _PERIODS_TO_REST * self._schedule.period:
            self._controller.assume_at_rest()
        self._schedule.hold(now, self._commands.sent_at)

    def _act(self, now: float, clock_ns: int) -> None:
        """Sends the policy's command for the newest joint state, which arrived at `now`."""
        images = None
        if self._cameras is not None:
            images = self._cameras.monitor.images
            age_of_images = self._cameras.monitor.age(self._monitor.stamp_ns)
            self._timing.add("age of frames", age_of_images)
        command = self._controller.command(self._measured(), self._goals.choose(), images)
        age = self._monitor.age(time.monotonic(), clock_ns)
        self._send(command)
        self._timing.add("inference", self._controller.inference_time)
        self._timing.add("age of observations", age)
        self._timing.record_action(now)
        self._goals.finish_period(self._controller.achieved)

    def _measured(self) -> BatchState:
        """The newest state of the arm and its objects."""
        objects = self._objects.monitor
        poses = self._no_objects if objects is None else objects.poses
        velocities = self._no_objects[:, :6] if objects is None else objects.velocities
        return BatchState(
            self._monitor.stamp_ns,
            self._positions[None],
            self._velocities[None],
            poses[None],
            velocities[None],
        )

    def _send(self, command: Floats) -> None:
        self._commands.send(command, self._monitor.stamp_ns)
