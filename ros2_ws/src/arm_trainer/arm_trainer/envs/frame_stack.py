"""FrameStack: the newest frames of every camera as one array, for training and deployment."""

import numpy as np

from arm_sim.common.arrays import Ints
from arm_trainer.backends.camera_views import Frames, Views


class FrameStack:
    """Stacks the newest S frames of each of K cameras, for N arms.

    Attributes:
        views: The cameras, and S.
        frames: (N, S·K·3, H, W) RGB, channels first: frames from the oldest to the newest, and in
            each frame the cameras in the order of `views`. Every call replaces the array and leaves
            the previous one unchanged.
    """

    def __init__(self, arms: int, views: Views) -> None:
        """Makes black stacks; call `start` before the first `push`.

        Args:
            arms: N.
            views: The cameras, and S.
        """
        self.views = views
        self.frames: Frames = np.zeros((arms, *views.shape), np.uint8)

    def start(self, arms: Ints, images: Frames) -> None:
        """Fills the stacks of arms that were reset with copies of their first frame.

        Args:
            arms: (k,) indices of the arms.
            images: (N, K, H, W, 3) RGB images of all arms.
        """
        self.frames = self.frames.copy()
        self.frames[arms] = np.tile(_channels_first(images[arms]), (1, self.views.stack, 1, 1))

    def push(self, images: Frames) -> None:
        """Adds the newest frame of every stack and removes the oldest.

        Args:
            images: (N, K, H, W, 3) RGB images of all arms.
        """
        newest = _channels_first(images)
        self.frames = np.concatenate([self.frames[:, newest.shape[1] :], newest], axis=1)


def _channels_first(images: Frames) -> Frames:
    """Returns images (N, K, H, W, 3) as (N, K·3, H, W)."""
    count, cameras, height, width, _ = images.shape
    return np.moveaxis(images, -1, 2).reshape(count, cameras * 3, height, width)
