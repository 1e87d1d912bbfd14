"""ImageMonitor: checks that camera images are recent and match the joint states in time; no ROS."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from arm_trainer.backends.camera_views import Frames

_NEVER = -np.inf


class ImageMonitor:
    """Keeps the newest image of each of K cameras and checks its age.

    Attributes:
        max_age: Age after which an image is stale, s.
        images: (K, H, W, 3) the newest images, RGB; black before the first.
    """

    def __init__(self, topics: Sequence[str], size: int, max_age: float) -> None:
        """Prepares for the images of one arm.

        Args:
            topics: The cameras' topics, for the messages.
            size: Width and height of an image, px.
            max_age: Age after which an image is stale, s.
        """
        self.max_age = max_age
        self.images: Frames = np.zeros((len(topics), size, size, 3), np.uint8)
        self._topics = topics
        self._received_at = np.full(len(topics), _NEVER)
        self._stamps: NDArray[np.int64] = np.zeros(len(topics), np.int64)
        self._rejections: list[str | None] = [None] * len(topics)

    def update(self, camera: int, image: Frames, stamp_ns: int, now: float) -> None:
        """Stores an image that has just arrived.

        Args:
            camera: Index of the camera.
            image: (H, W, 3) RGB.
            stamp_ns: The image's stamp, ns.
            now: Time of a monotonic clock, s.
        """
        self.images[camera] = image
        self._stamps[camera], self._received_at[camera] = stamp_ns, now
        self._rejections[camera] = None

    def reject(self, camera: int, reason: str) -> None:
        """Records that a camera's last image is unusable; its next valid image clears this."""
        self._rejections[camera] = reason

    def age(self, state_stamp_ns: int) -> float:
        """Returns how much older than a joint state the oldest image is, by their stamps, s."""
        return float((state_stamp_ns - self._stamps).max()) / 1e9

    def hold_reason(self, state_stamp_ns: int, now: float) -> str | None:
        """Returns why the images can't be used with a joint state, None if they can.

        Args:
            state_stamp_ns: The state's stamp, ns.
            now: Time of a monotonic clock, s.
        """
        largest = f"{self.max_age:g} s"
        for topic, received_at, stamp, rejection in zip(
            self._topics, self._received_at, self._stamps, self._rejections, strict=True
        ):
            if rejection is not None:
                return rejection
            if received_at == _NEVER:
                return f"waiting for {topic}"
            if now - received_at > self.max_age:
                return f"no fresh image on {topic} for {largest}"
            behind = (state_stamp_ns - int(stamp)) / 1e9
            if abs(behind) > self.max_age:
                return (
                    f"the images on {topic} are stamped more than {largest} "
                    f"{'before' if behind > 0 else 'after'} the joint states"
                )
        return None
