"""The cameras that a deployed policy sees through: their topics, heard into a `ImageMonitor`."""

import time

from rclpy.node import Node
from sensor_msgs.msg import Image

from arm_sim.ros.joint_messages import RejectedMessage, stamp_ns
from arm_sim.ros.subscriptions import NEWEST, TopicReader
from arm_trainer.backends.camera_views import Views
from arm_trainer.deployment.image_monitor import ImageMonitor
from arm_trainer.ros.state_images import frames_of


class CameraSubscriber:
    """What one arm's cameras show.

    Attributes:
        watch: Their newest frames, and whether these may be acted on.
    """

    def __init__(self, node: Node, views: Views, max_age: float) -> None:
        """Subscribes to every camera's `image_raw`.

        Args:
            node: The node that hears.
            views: The cameras, and the size in which their frames are wanted.
            max_age: Seconds after which a frame is stale.
        """
        topics = [f"{name}/image_raw" for name in views.cameras]
        self._readers = [TopicReader(node, Image, topic, NEWEST) for topic in topics]
        self._size = views.size
        self.watch = ImageMonitor([reader.topic for reader in self._readers], views.size, max_age)

    def take(self) -> None:
        """Takes what has come since; what is of no use is said by the watch."""
        for camera, reader in enumerate(self._readers):
            if (message := reader.take()) is None:
                continue
            try:
                (frame,) = frames_of(message, reader.topic, 1, self._size)
            except RejectedMessage as error:
                self.watch.refuse(camera, str(error).removesuffix("."))
            else:
                self.watch.see(camera, frame, stamp_ns(message), time.monotonic())

    def close(self) -> None:
        """Ends the subscriptions."""
        for reader in self._readers:
            reader.close()
