"""ImageMonitor: whether what the cameras show is of now, and of the state acted on; no ROS."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from arm_trainer.backends.camera_views import Frames

_NEVER = -np.inf


class ImageMonitor:
    """Keeps the newest frame of each of K cameras.

    Attributes:
        max_age: Seconds after which a frame is stale.
        images: (K, H, W, 3) RGB; black before the first.
    """

    def __init__(self, topics: Sequence[str], size: int, max_age: float) -> None:
        """Prepares for the frames of an arm.

        Args:
            topics: What each camera's frames come from, for the sentences.
            size: Width and height of a frame, px.
            max_age: Seconds after which a frame is stale.
        """
        self.max_age = max_age
        self.images: Frames = np.zeros((len(topics), size, size, 3), np.uint8)
        self._topics = topics
        self._heard_at = np.full(len(topics), _NEVER)
        self._stamps: NDArray[np.int64] = np.zeros(len(topics), np.int64)
        self._refusals: list[str | None] = [None] * len(topics)

    def see(self, camera: int, frame: Frames, stamp_ns: int, now: float) -> None:
        """Takes a camera's frame (H, W, 3) that has just come.

        Args:
            camera: Which, from 0.
            frame: RGB.
            stamp_ns: Its stamp, ns.
            now: A monotonic clock, s.
        """
        self.images[camera] = frame
        self._stamps[camera], self._heard_at[camera] = stamp_ns, now
        self._refusals[camera] = None

    def refuse(self, camera: int, why: str) -> None:
        """Takes note that what came from a camera is of no use, until it sends something better."""
        self._refusals[camera] = why

    def age(self, state_stamp_ns: int) -> float:
        """Returns how much older than a state the oldest frame is by their stamps, s."""
        return float((state_stamp_ns - self._stamps).max()) / 1e9

    def hold_reason(self, state_stamp_ns: int, now: float) -> str | None:
        """Returns why the frames can't be acted on together with a state, None if they can.

        Args:
            state_stamp_ns: The state's stamp, ns.
            now: A monotonic clock, s.
        """
        largest = f"{self.max_age:g} s"
        for topic, heard_at, stamp, refusal in zip(
            self._topics, self._heard_at, self._stamps, self._refusals, strict=True
        ):
            if refusal is not None:
                return refusal
            if heard_at == _NEVER:
                return f"waiting for {topic}"
            if now - heard_at > self.max_age:
                return f"no fresh image on {topic} for {largest}"
            behind = (state_stamp_ns - int(stamp)) / 1e9
            if abs(behind) > self.max_age:
                return (
                    f"the images on {topic} are stamped more than {largest} "
                    f"{'before' if behind > 0 else 'after'} the joint states"
                )
        return None
