"""GoalSource: receives the target from joint states, target messages or a list of targets."""

from typing import Any

from geometry_msgs.msg import PointStamped, PoseStamped
from rclpy.node import Node

from arm_sim.common.arrays import Floats
from arm_sim.ros.joint_messages import read_target
from arm_sim.ros.subscriptions import RELIABLE
from arm_trainer.deployment.deployment import Deployment
from arm_trainer.deployment.goal import Goal
from arm_trainer.deployment.target_sequence import TargetSequence
from arm_trainer.ros.target_message import target_pose

_WARNING_PERIOD = 1.0


class GoalSource:
    """Keeps the `Goal` of one activation of a controller up to date.

    Attributes:
        goal: The goal.
    """

    def __init__(self, node: Node, deployment: Deployment) -> None:
        """Prepares to read messages; with a list of targets, also to send them.

        Args:
            node: The controller's node.
            deployment: Has the robot, the trained region, and the list of targets.
        """
        interface = deployment.controller.interface
        robot = interface.robot
        self._node = node
        self._logger = node.get_logger()
        self._base_frame = robot.base_frame
        self._publisher: Any = None
        sequence: TargetSequence | None = None
        if deployment.targets:
            sequence = TargetSequence(deployment.targets, interface.task.config)
            self._publisher = node.create_publisher(PoseStamped, "target_pose", RELIABLE)
        self.goal = Goal(
            robot.goal_home,
            deployment.reachable if deployment.controller.views is None else None,
            sequence,
        )

    def on_target(self, message: PoseStamped | PointStamped) -> None:
        """Takes the target's position from a target_pose or clicked_point.

        Raises:
            RejectedMessage: If the message is invalid.
        """
        self.goal.move_to(read_target(message, self._base_frame))

    def choose(self) -> Floats:
        """Returns (3,) the point that the arm is to go to, m in the base frame."""
        if warning := self.goal.choose():
            self._logger.warning(warning, throttle_duration_sec=_WARNING_PERIOD)
        return self.goal.pursued

    def send_missing(self, stamp_ns: int) -> None:
        """Sends the list's current target as long as the target is elsewhere.

        Args:
            stamp_ns: Stamp of the newest joint state, ns.
        """
        if (missing := self.goal.missing) is not None:
            self._publisher.publish(target_pose(missing, self._base_frame, stamp_ns))

    def finish_period(self, achieved: bool) -> None:
        """Counts a control period for the list's current target.

        Args:
            achieved: Whether the tool is at the pursued point.
        """
        if self.goal.finish_period(achieved):
            sequence = self.goal.sequence
            assert sequence is not None
            self._logger.info(f"Targets reached: {sequence.reached} of {sequence.finished}")

    def close(self) -> None:
        """Destroys the publisher of targets."""
        if self._publisher is not None:
            self._node.destroy_publisher(self._publisher)
