"""Subscriptions that a loop reads for itself, without an executor on the hot path.

An executor costs a fifth of a lockstep round trip. `TopicReader` is rclpy's own subscription
without the callback machinery, `TopicWaiter` its wait set; both use the classes that `rclpy.node`
is made of. The node's services (parameters) stay with an ordinary executor on a thread of its own,
see `node_runtime`.
"""

from collections.abc import Sequence
from typing import Any

from geometry_msgs.msg import PointStamped, PoseStamped
from rclpy.context import Context
from rclpy.impl.implementation_singleton import rclpy_implementation
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy
from rclpy.type_support import check_is_valid_msg_type

# Commands, lockstep states and images: the newest, surely.
RELIABLE = QoSProfile(
    reliability=ReliabilityPolicy.RELIABLE, history=HistoryPolicy.KEEP_LAST, depth=1
)
# States as a robot's driver may send them: also what is not sent again when it is lost.
NEWEST = QoSProfile(
    reliability=ReliabilityPolicy.BEST_EFFORT, history=HistoryPolicy.KEEP_LAST, depth=1
)
# What a late joiner must still hear: robot_description.
LATCHED = QoSProfile(
    reliability=ReliabilityPolicy.RELIABLE,
    history=HistoryPolicy.KEEP_LAST,
    depth=1,
    durability=DurabilityPolicy.TRANSIENT_LOCAL,
)

# Where a target's position may come from; the second is RViz's Publish Point tool.
TARGET_TOPICS = {"target_pose": PoseStamped, "clicked_point": PointStamped}


class TopicReader:
    """One subscription; `take` returns what has arrived."""

    def __init__(
        self, node: Node, message_type: Any, topic: str, qos: QoSProfile = RELIABLE
    ) -> None:
        """Subscribes; the topic name is relative to the node's namespace and can be remapped."""
        check_is_valid_msg_type(message_type)  # Also loads the type's C support.
        self.topic = node.resolve_topic_name(topic)
        self._type = message_type
        with node.handle:
            self.handle = rclpy_implementation.Subscription(
                node.handle, message_type, topic, qos.get_c_qos_profile()
            )

    def take(self) -> Any | None:
        """Returns the oldest message not yet taken, or None."""
        taken = self.handle.take_message(self._type, False)
        return None if taken is None else taken[0]

    def take_bytes(self) -> bytes | None:
        """Returns the oldest message not yet taken as it came over the wire, or None."""
        taken = self.handle.take_message(self._type, True)
        return None if taken is None else taken[0]

    def close(self) -> None:
        """Ends the subscription."""
        self.handle.destroy_when_not_in_use()


def target_readers(node: Node) -> list[TopicReader]:
    """Subscribes to each of `TARGET_TOPICS`."""
    return [TopicReader(node, message_type, topic) for topic, message_type in TARGET_TOPICS.items()]


class TopicWaiter:
    """Waits until one of several readers has a message."""

    def __init__(self, context: Context, readers: Sequence[TopicReader]) -> None:
        """Prepares to wait for these readers."""
        self._readers = readers
        self._wait_set = rclpy_implementation.WaitSet(len(readers), 0, 0, 0, 0, 0, context.handle)

    def close(self) -> None:
        """Frees what it waits with."""
        self._wait_set.destroy_when_not_in_use()

    def wait(self, timeout: float) -> bool:
        """Waits up to `timeout` s; returns whether a message has arrived.

        Python's signal handlers run only after it returns, so keep the time short.
        """
        self._wait_set.clear_entities()
        for reader in self._readers:
            self._wait_set.add_subscription(reader.handle)
        self._wait_set.wait(max(0, int(timeout * 1e9)))
        return bool(self._wait_set.get_ready_entities("subscription"))
