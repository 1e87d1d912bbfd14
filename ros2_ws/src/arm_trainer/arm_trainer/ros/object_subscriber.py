"""ObjectSubscriber: receives `object_states`: the goal where it is shown, and a task's objects."""

import time

from rclpy.node import Node
from sensor_msgs.msg import MultiDOFJointState

from arm_sim.robot.robot import Robot
from arm_sim.ros.joint_messages import RejectedMessage
from arm_sim.ros.object_messages import ObjectReader
from arm_sim.ros.subscriptions import NEWEST, TopicReader
from arm_trainer.deployment.goal import Goal
from arm_trainer.deployment.object_monitor import ObjectMonitor

_WARNING_PERIOD = 1.0


class ObjectSubscriber:
    """One arm's subscription to `object_states`.

    Attributes:
        monitor: The task's objects; None for a task without objects.
    """

    def __init__(self, node: Node, robot: Robot, goal: Goal, max_age: float) -> None:
        """Subscribes.

        Args:
            node: The controller's node.
            robot: Names the objects.
            goal: Moves to where messages show the goal.
            max_age: Age after which a state is stale, s.
        """
        self.monitor: ObjectMonitor | None = None
        if robot.objects:
            self.monitor = ObjectMonitor(robot.objects, robot.object_home, max_age)
        self._node, self._goal = node, goal
        self._topic = TopicReader(node, MultiDOFJointState, "object_states", NEWEST)
        self._reader = ObjectReader("object_states", robot.objects, 1)

    def take(self) -> None:
        """Reads the message that has arrived, if any; warns of one that can't be used."""
        if (message := self._topic.take()) is None:
            return
        try:
            read = self._reader.read_known(message)
            if self.monitor is not None and not read.objects.all():
                raise RejectedMessage(
                    "Refused a message on object_states: it does not name all of the task's "
                    f"objects (valid: {', '.join(self._reader.names)}; a simulator has them if it "
                    "is started with scene_changes, the file of this name in the run folder)."
                )
        except RejectedMessage as error:
            self._warn(str(error))
            return
        if read.goals_named[0]:
            self._goal.move_to(read.goals[0])
        if self.monitor is None:
            return
        clock_ns = self._node.get_clock().now().nanoseconds
        reason = self.monitor.update(
            read.stamp_ns, read.poses[0], read.velocities[0], time.monotonic(), clock_ns
        )
        if reason is not None:
            self._warn(f"Ignored a message on object_states: {reason}")

    def close(self) -> None:
        """Ends the subscription."""
        self._topic.close()

    def _warn(self, sentence: str) -> None:
        self._node.get_logger().warning(sentence, throttle_duration_sec=_WARNING_PERIOD)
