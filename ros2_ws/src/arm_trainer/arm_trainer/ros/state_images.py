"""Camera messages as frames, and the images that belong to one lockstep state.

cv_bridge converts encodings, OpenCV resizes. Images of this project's simulator need neither: their
frames are views of the message's data.
"""

from typing import Any

import cv2
import numpy as np
from cv_bridge import CvBridge
from rclpy.node import Node
from sensor_msgs.msg import Image

from arm_sim.ros.joint_messages import RejectedMessage, stamp_ns
from arm_sim.ros.subscriptions import TopicReader
from arm_trainer.backends.camera_views import Frames, Views

_BRIDGE = CvBridge()
_ENCODINGS = "rgb8, bgr8, rgba8, bgra8, mono8, bayer_rggb8 and its like"


def frames_of(message: Image, topic: str, num_arms: int, size: int) -> Frames:
    """Returns the (N, size, size, 3) RGB frames in an image, which are stacked top to bottom.

    The sides of a frame that is wider than high are cut off. A model's camera has a vertical field
    of view, so what is left is what it shows in a square image.

    Args:
        message: The image; the frames may be views of its data.
        topic: The topic of the message, for the error message.
        num_arms: N.
        size: Width and height wanted, px; frames of another size are resized.

    Raises:
        RejectedMessage: If it can't be converted or divided into that many frames.
    """
    height, width = message.height, message.width
    rows, rest = divmod(height, num_arms)
    if rest or not 0 < rows <= width:
        raise RejectedMessage(
            f"{topic} brought an image of {width}×{height} px: expected are the frames of "
            f"{num_arms} arm(s), one below the other, each {size}×{size} px or another size no "
            "higher than wide."
        )
    left = (width - rows) // 2
    frames = _rgb(message, topic).reshape(num_arms, rows, width, 3)[:, :, left : left + rows]
    if frames.shape[1:3] == (size, size):
        return frames
    return np.stack([cv2.resize(f, (size, size), interpolation=cv2.INTER_AREA) for f in frames])


def _rgb(message: Image, topic: str) -> Frames:
    try:
        depth, channels = _BRIDGE.encoding_to_dtype_with_channels(message.encoding)
        row = message.width * channels * np.dtype(depth).itemsize
        if message.step < row or len(message.data) < message.step * message.height:
            raise RejectedMessage(
                f"{topic} brought an image of {message.width}×{message.height} px in "
                f"'{message.encoding}' with {len(message.data)} bytes, {message.step} a row; each "
                f"row must have at least {row}."
            )
        if message.step > row:
            message = _without_padding(message, row)
        return np.asarray(_BRIDGE.imgmsg_to_cv2(message, "rgb8"))
    except RejectedMessage:
        raise
    except Exception as error:  # Each build of cv_bridge raises types of its own.
        raise RejectedMessage(
            f"{topic} brought an image in '{message.encoding[:40]}', which can't be made rgb8 "
            f"(valid: {_ENCODINGS})."
        ) from error


def _without_padding(message: Image, row: int) -> Image:
    """Returns the image without padding between its rows, which cv_bridge does not support."""
    rows = np.frombuffer(message.data, np.uint8).reshape(message.height, message.step)
    return Image(
        height=message.height,
        width=message.width,
        encoding=message.encoding,
        is_bigendian=message.is_bigendian,
        step=row,
        data=np.ascontiguousarray(rows[:, :row]).tobytes(),
    )


class StateImages:
    """Receives the images of N arms in lockstep, and keeps those with one requested stamp."""

    def __init__(self, node: Node, views: Views, num_arms: int, prefix: str = "") -> None:
        """Subscribes to every camera's `image_raw`.

        Args:
            node: The node that subscribes.
            views: The K cameras, and the size of the frames.
            num_arms: N.
            prefix: Put before the topics' names.
        """
        self._views = views
        self._num_arms = num_arms
        topics = [f"{prefix}{name}/image_raw" for name in views.cameras]
        self.readers = [TopicReader(node, Image, topic) for topic in topics]
        # Of each camera: the stamp of its newest image, and its frames with the requested stamp.
        self._last_stamps: list[int | None] = [None] * len(self.readers)
        self._frames: list[Any] = [None] * len(self.readers)
        self._stamp = -1

    def take(self, stamp: int) -> None:
        """Reads the images that have arrived, and keeps those with this stamp, ns.

        Raises:
            RejectedMessage: If an image of that stamp can't be used.
        """
        if stamp != self._stamp:
            self._stamp = stamp
            self._frames = [None] * len(self.readers)
        for i, reader in enumerate(self.readers):
            while (message := reader.take()) is not None:
                self._last_stamps[i] = stamp_ns(message)
                if self._last_stamps[i] == stamp:
                    self._frames[i] = frames_of(
                        message, reader.topic, self._num_arms, self._views.size
                    )

    def complete_set(self, stamp: int) -> Frames | None:
        """Returns the (N, K, H, W, 3) images with this stamp, ns; None until all K are there."""
        if stamp != self._stamp or any(frames is None for frames in self._frames):
            return None
        return np.stack(self._frames, axis=1)

    def missing_reason(self, stamp: int, waited: float) -> str:
        """Returns a sentence about the first missing image.

        Args:
            stamp: The requested stamp, ns.
            waited: Seconds for which it was waited for.
        """
        received = [stamp == self._stamp and frames is not None for frames in self._frames]
        i = received.index(False)
        topic, last = self.readers[i].topic, self._last_stamps[i]
        expected = f"{topic} should have brought an image stamped {stamp / 1e9:.9f}, as the state"
        if last is None:
            return (
                f"{expected}, but none came at all within {waited:.0f} s: the simulator must "
                f"publish that camera (its parameter 'cameras')."
            )
        return f"{expected}, but within {waited:.0f} s the last one came stamped {last / 1e9:.9f}."

    def close(self) -> None:
        """Ends the subscriptions."""
        for reader in self.readers:
            reader.close()
