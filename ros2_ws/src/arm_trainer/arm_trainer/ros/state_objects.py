"""StateObjects: receives `object_states` and finds those that belong to a joint state, by stamp."""

from rclpy.node import Node
from rclpy.serialization import deserialize_message
from sensor_msgs.msg import MultiDOFJointState

from arm_sim.common.arrays import Floats
from arm_sim.robot.robot import Robot
from arm_sim.ros.joint_messages import RejectedMessage
from arm_sim.ros.object_messages import ObjectReader
from arm_sim.ros.object_state_cdr import ObjectStateLayout
from arm_sim.ros.subscriptions import NEWEST, TopicReader
from arm_trainer.backends.backend import SimulatorLost


class StateObjects:
    """The objects of N arms of one simulator.

    Attributes:
        reader: The subscription, to be waited for.
    """

    def __init__(self, node: Node, robot: Robot, num_arms: int, prefix: str) -> None:
        """Subscribes.

        Args:
            node: The client's node.
            robot: Its objects are expected.
            num_arms: N.
            prefix: Before the topic's name; '' or a namespace with a slash.
        """
        # Best effort, as joint states: what is lost is requested again.
        self.reader = TopicReader(node, MultiDOFJointState, f"{prefix}object_states", NEWEST)
        self._layout = ObjectStateLayout(robot.objects, num_arms)
        self._slow_reader = ObjectReader("object_states", robot.objects, num_arms)
        self._newest: tuple[int, Floats, Floats] | None = None

    def take(self) -> None:
        """Reads the message that has arrived, if there is one.

        Raises:
            SimulatorLost: If it is of other objects than expected.
        """
        if (raw := self.reader.take_bytes()) is None:
            return
        if (known := self._layout.unpack(raw)) is not None:
            self._newest = known[:3]
            return
        try:
            read = self._slow_reader.read_known(deserialize_message(raw, MultiDOFJointState))
        except RejectedMessage as error:
            raise SimulatorLost(str(error)) from None
        if not read.objects.all():
            raise SimulatorLost(
                "The simulator has not the task's objects: start it with the parameter "
                "scene_changes that the task prints, or let the trainer start its own (--sim own)."
            )
        self._newest = read.stamp_ns, read.poses, read.velocities

    def at(self, stamp_ns: int) -> tuple[Floats, Floats] | None:
        """Returns poses (N, M, 7) and velocities (N, M, 6) at a stamp; None if not yet there."""
        if self._newest is None or self._newest[0] != stamp_ns:
            return None
        return self._newest[1:]

    def missing_reason(self, stamp_ns: int, waited: float) -> str:
        """Returns a sentence about a missing message.

        Args:
            stamp_ns: The requested stamp, ns.
            waited: Seconds for which it was waited for.
        """
        expected = (
            f"{self.reader.topic} should have brought a message stamped {stamp_ns / 1e9:.9f}, as "
            f"the state, but within {waited:.0f} s"
        )
        if self._newest is None:
            return f"{expected} none came at all."
        return f"{expected} the last one came stamped {self._newest[0] / 1e9:.9f}."

    def close(self) -> None:
        """Ends the subscription."""
        self.reader.close()
