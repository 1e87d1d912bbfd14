"""Subscriptions that a loop reads by itself, and the quality of service of every topic.

An executor takes a fifth of a lockstep round trip, so the loops read and wait without one. A node's
services (parameters) are served by an ordinary executor on a thread of its own; see `node_runtime`.
"""

from collections.abc import Sequence
from typing import Any

from geometry_msgs.msg import PointStamped, PoseStamped
from rclpy.context import Context
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy

from arm_sim.ros.rclpy_internals import SubscriptionWaiter, subscribe

# Commands, lockstep states and images: the newest message, delivered reliably.
RELIABLE = QoSProfile(
    reliability=ReliabilityPolicy.RELIABLE, history=HistoryPolicy.KEEP_LAST, depth=1
)
# States as a robot's driver may publish them: also matches publishers that never resend.
NEWEST = QoSProfile(
    reliability=ReliabilityPolicy.BEST_EFFORT, history=HistoryPolicy.KEEP_LAST, depth=1
)
# Messages that subscribers which join later must still get: robot_description.
LATCHED = QoSProfile(
    reliability=ReliabilityPolicy.RELIABLE,
    history=HistoryPolicy.KEEP_LAST,
    depth=1,
    durability=DurabilityPolicy.TRANSIENT_LOCAL,
)

# Topics that give a target's position; the second is that of RViz's Publish Point tool.
TARGET_TOPICS = {"target_pose": PoseStamped, "clicked_point": PointStamped}


class TopicReader:
    """One subscription; `take` returns the oldest message that was not read yet.

    Attributes:
        topic: The topic's name, resolved.
        subscription: The subscription, to be waited for.
    """

    def __init__(
        self, node: Node, message_type: Any, topic: str, qos: QoSProfile = RELIABLE
    ) -> None:
        """Subscribes; the topic's name is relative to the node's namespace and can be remapped."""
        self.topic = node.resolve_topic_name(topic)
        self.subscription = subscribe(node, message_type, topic, qos)
        self._type = message_type
        self._take = self.subscription.take  # Bound once: this is called in every control period.

    def take(self) -> Any | None:
        """Returns the oldest message not yet taken, or None."""
        taken = self._take(self._type, False)
        return None if taken is None else taken[0]

    def take_bytes(self) -> bytes | None:
        """Returns the oldest message not yet taken, serialized as it arrived, or None."""
        taken = self._take(self._type, True)
        return None if taken is None else taken[0]

    def close(self) -> None:
        """Ends the subscription."""
        self.subscription.close()


def target_readers(node: Node) -> list[TopicReader]:
    """Subscribes to each of `TARGET_TOPICS`."""
    return [TopicReader(node, message_type, topic) for topic, message_type in TARGET_TOPICS.items()]


class TopicWaiter(SubscriptionWaiter):
    """Waits until one of several readers has a message."""

    def __init__(self, context: Context, readers: Sequence[TopicReader]) -> None:
        """Prepares to wait for these readers."""
        super().__init__(context, [reader.subscription for reader in readers])
