"""CameraSubscriber: receives the images of a deployed policy's cameras into an `ImageMonitor`."""

import time

from rclpy.node import Node
from sensor_msgs.msg import Image

from arm_sim.ros.joint_messages import RejectedMessage, stamp_ns
from arm_sim.ros.subscriptions import NEWEST, TopicReader
from arm_trainer.backends.camera_views import Views
from arm_trainer.deployment.image_monitor import ImageMonitor
from arm_trainer.ros.state_images import frames_of


class CameraSubscriber:
    """Subscriptions to the cameras of one arm.

    Attributes:
        monitor: Their newest images, and whether these are recent enough.
    """

    def __init__(self, node: Node, views: Views, max_age: float) -> None:
        """Subscribes to every camera's `image_raw`.

        Args:
            node: The node that subscribes.
            views: The cameras, and the size of images that the policy needs.
            max_age: Age after which an image is stale, s.
        """
        topics = [f"{name}/image_raw" for name in views.cameras]
        self._readers = [TopicReader(node, Image, topic, NEWEST) for topic in topics]
        self._size = views.size
        self.monitor = ImageMonitor([reader.topic for reader in self._readers], views.size, max_age)

    def take(self) -> None:
        """Passes the images that have arrived to the monitor, invalid ones as rejections."""
        for camera, reader in enumerate(self._readers):
            if (message := reader.take()) is None:
                continue
            try:
                (frame,) = frames_of(message, reader.topic, 1, self._size)
            except RejectedMessage as error:
                self.monitor.reject(camera, str(error).removesuffix("."))
            else:
                self.monitor.update(camera, frame, stamp_ns(message), time.monotonic())

    def close(self) -> None:
        """Ends the subscriptions."""
        for reader in self._readers:
            reader.close()
