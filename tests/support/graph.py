"""A test's own ROS node, with which it publishes messages and receives those of others."""

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rclpy.node import Node
from rclpy.qos import QoSProfile

from arm_sim.ros.node_runtime import ros_context
from arm_sim.ros.subscriptions import RELIABLE, TopicReader, TopicWaiter

# Number of subscribers of target_pose where both are running.
SIMULATOR_AND_CONTROLLER = 2


class Graph:
    """Publishes and subscribes through a test's node."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self._publishers: dict[str, Any] = {}
        self._listeners: list[Listener] = []

    def close(self) -> None:
        """Ends all subscriptions while the node exists: freed later, they crashed the process."""
        for listener in self._listeners:
            listener.close()
        gc.collect()

    def reader(self, kind: Any, topic: str, qos: QoSProfile = RELIABLE) -> "Listener":
        """Subscribes to a topic."""
        listener = Listener(self.node, kind, topic, qos)
        self._listeners.append(listener)
        return listener

    def publish(
        self, topic: str, message: Any, qos: QoSProfile = RELIABLE, listeners: int = 1
    ) -> None:
        """Publishes a message as soon as the topic has `listeners` subscribers, lest it be lost."""
        new = topic not in self._publishers
        if new:
            self._publishers[topic] = self.node.create_publisher(type(message), topic, qos)
        publisher = self._publishers[topic]
        if new or publisher.get_subscription_count() < listeners:
            wait_until(lambda: publisher.get_subscription_count() >= listeners)
            time.sleep(0.2)  # The other side may match a little later than this one.
        publisher.publish(message)


class Listener:
    """A subscription whose messages are read one after the other."""

    def __init__(self, node: Node, kind: Any, topic: str, qos: QoSProfile) -> None:
        self._reader = TopicReader(node, kind, topic, qos)
        self._waiter = TopicWaiter(node.context, [self._reader])

    def close(self) -> None:
        """Ends the subscription."""
        self._waiter.close()
        self._reader.close()

    def next(
        self, timeout: float = 10.0, accept: Callable[[Any], bool] = lambda message: True
    ) -> Any:
        """Returns the next message that is accepted; fails the test if none arrives in time."""
        message = self.next_or_none(timeout, accept)
        assert message is not None, f"nothing acceptable on {self._reader.topic} in {timeout} s"
        return message

    def next_or_none(
        self, timeout: float, accept: Callable[[Any], bool] = lambda message: True
    ) -> Any | None:
        """Returns the next message that is accepted, or None if none arrives in time."""
        deadline = time.monotonic() + timeout
        while (left := deadline - time.monotonic()) > 0:
            if self._waiter.wait(left):
                message = self._reader.take()
                if message is not None and accept(message):
                    return message
        return None

    def drain(self) -> None:
        """Drops the messages that have arrived."""
        while self._reader.take() is not None:
            pass


def wait_until(condition: Callable[[], bool], timeout: float = 10.0) -> None:
    """Waits until a condition is true; fails the test if it does not come true in time."""
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.01)


@contextmanager
def on_graph(domain_id: int) -> Iterator[Graph]:
    """Joins a ROS domain with a node of the test's own."""
    with ros_context(domain_id=domain_id) as context:
        node = Node("test", context=context)
        try:
            graph = Graph(node)
            yield graph
        finally:
            graph.close()
            node.destroy_node()
