"""Camera messages as frames, and those that belong to one state put together.

cv_bridge knows the encodings, OpenCV resizes. What comes from our simulator is neither converted
nor resized, only looked at where it lies in the message.
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

    A frame that is wider than high loses its sides. A model's camera has its field of view from top
    to bottom, so what is left is what it shows in a square image.

    Args:
        message: The image; what is returned may be a view of its data.
        topic: Where it came from, for the error message.
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
    """cv_bridge takes rows to follow one another without a gap."""
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
    """The cameras of some arms in lockstep: an image counts only with the very stamp asked for."""

    def __init__(self, node: Node, views: Views, num_arms: int, prefix: str = "") -> None:
        """Subscribes to every camera's `image_raw`, below `prefix`."""
        self._views = views
        self._num_arms = num_arms
        topics = [f"{prefix}{name}/image_raw" for name in views.cameras]
        self.readers = [TopicReader(node, Image, topic) for topic in topics]
        self._last: list[int | None] = [None] * len(self.readers)
        self._frames: list[Any] = [None] * len(self.readers)
        self._stamp = -1

    def take(self, stamp: int) -> None:
        """Takes all that has come, and keeps what has this stamp, ns.

        Raises:
            RejectedMessage: If an image of that stamp can't be used.
        """
        if stamp != self._stamp:
            self._stamp = stamp
            self._frames = [None] * len(self.readers)
        for i, reader in enumerate(self.readers):
            while (message := reader.take()) is not None:
                self._last[i] = stamp_ns(message)
                if self._last[i] == stamp:
                    self._frames[i] = frames_of(
                        message, reader.topic, self._num_arms, self._views.size
                    )

    def of(self, stamp: int) -> Frames | None:
        """Returns the (N, K, H, W, 3) images of this stamp, ns, once all K have come."""
        if stamp != self._stamp or any(frames is None for frames in self._frames):
            return None
        return np.stack(self._frames, axis=1)

    def missing(self, stamp: int, waited: float) -> str:
        """Returns a sentence on what is missing of the images of this stamp, ns."""
        there = [stamp == self._stamp and frames is not None for frames in self._frames]
        i = there.index(False)
        topic, last = self.readers[i].topic, self._last[i]
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
