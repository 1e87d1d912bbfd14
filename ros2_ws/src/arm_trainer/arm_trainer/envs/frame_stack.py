"""The last few frames of every camera as one array, in training and in deployment alike."""

import numpy as np

from arm_sim.robot.robot import Ints
from arm_trainer.backends.camera_views import Frames, Views


class FrameStack:
    """The last S frames of every camera of N arms.

    Attributes:
        frames: (N, S·K·3, H, W) RGB, channel first: oldest to newest, within each the cameras in
            their order. Replaced, not changed, by every call.
    """

    def __init__(self, arms: int, views: Views) -> None:
        """Starts black; `start` comes before the first `push`."""
        self.views = views
        self.frames: Frames = np.zeros((arms, *views.shape), np.uint8)

    def start(self, arms: Ints, images: Frames) -> None:
        """Fills these arms' stacks with their first frame: there is no past before a reset.

        Args:
            arms: (k,) which arms.
            images: (N, K, H, W, 3) of all arms.
        """
        self.frames = self.frames.copy()
        self.frames[arms] = np.tile(_channels_first(images[arms]), (1, self.views.stack, 1, 1))

    def push(self, images: Frames) -> None:
        """Takes the newest frames (N, K, H, W, 3) of all arms, and drops the oldest."""
        newest = _channels_first(images)
        self.frames = np.concatenate([self.frames[:, newest.shape[1] :], newest], axis=1)


def _channels_first(images: Frames) -> Frames:
    """(N, K, H, W, 3) as (N, K·3, H, W)."""
    count, cameras, height, width, _ = images.shape
    return np.moveaxis(images, -1, 2).reshape(count, cameras * 3, height, width)
