"""Mock camera drivers that publish an image of a target."""

import time
from collections.abc import Callable

import numpy as np
from sensor_msgs.msg import Image

from arm_sim.ros.joint_messages import set_stamp
from arm_sim.ros.subscriptions import RELIABLE
from support.graph import Graph

IMAGE_SIZE = 64  # px
# Of the simulator's top camera, at the targets' height: pixel columns per metre to the left.
COLUMNS_PER_METRE = -53.7


def red_at(y: float) -> np.ndarray:
    """An image (64, 64, 3) of the top camera that shows a target `y` metres to the left."""
    pixels = np.full((IMAGE_SIZE, IMAGE_SIZE, 3), 90, np.uint8)
    column = round((IMAGE_SIZE - 1) / 2 + COLUMNS_PER_METRE * y)
    pixels[22:25, column - 1 : column + 2] = (230, 20, 20)
    return pixels


def unspoilt(camera: str, image: Image) -> Image:
    """Leaves an image as it is."""
    return image


class MockCameras:
    """Publishes the same image for each camera 40 times a second; see `running`.

    Attributes:
        pixels: (H, W, 3) the image.
        distort: Changes a camera's image before it is published, or returns None to drop it.
        period: Between images, s.
    """

    period = 0.025

    def __init__(self, graph: Graph, cameras: tuple[str, ...]) -> None:
        self.pixels = red_at(0.4)
        self.distort: Callable[[str, Image], Image | None] = unspoilt
        self._publishers = {
            name: graph.node.create_publisher(Image, f"{name}/image_raw", RELIABLE)
            for name in cameras
        }

    def step(self) -> None:
        """Publishes an image on each camera's topic."""
        for name, publisher in self._publishers.items():
            height, width, _ = self.pixels.shape
            image = Image(height=height, width=width, step=3 * width, encoding="rgb8")
            image.data = self.pixels.tobytes()
            set_stamp(image.header.stamp, time.time_ns())
            if (distorted := self.distort(name, image)) is not None:
                publisher.publish(distorted)
