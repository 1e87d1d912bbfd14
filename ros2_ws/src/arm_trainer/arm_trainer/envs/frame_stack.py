"""Frames: which cameras a policy sees through, and its last few frames of each as one array.

The same in training and in deployment, so that a policy sees there what it has learnt from.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from arm_sim.common.errors import UserError
from arm_sim.robot.robot import Ints, Robot

Frames = NDArray[np.uint8]

_SUFFIX = "_camera"


@dataclass(frozen=True)
class Views:
    """What a policy sees through.

    Attributes:
        cameras: Names of the K cameras, in the order in which the policy gets them.
        size: Width and height of a frame, px.
        stack: How many frames of each camera the policy sees at once, the newest included.
    """

    cameras: tuple[str, ...]
    size: int = 64
    stack: int = 4

    @property
    def shape(self) -> tuple[int, int, int]:
        """Shape of one arm's frames: (S·K·3, H, W)."""
        return self.stack * len(self.cameras) * 3, self.size, self.size


def find_cameras(robot: Robot, wanted: Sequence[str]) -> tuple[str, ...]:
    """Returns cameras' full names: 'front' stands for 'front_camera'.

    Args:
        robot: The robot.
        wanted: Names, full or short; none for all that the robot has.

    Raises:
        UserError: If the robot has no such camera, or one is named twice.
    """
    known = {name.removesuffix(_SUFFIX): name for name in robot.cameras}
    known |= {name: name for name in robot.cameras}
    valid = ", ".join(robot.cameras) or "none: add them to its model and its YAML"
    unknown = [name for name in wanted if name not in known]
    if unknown or not known:
        raise UserError(
            f"{robot.name} has no camera{' ' if unknown else ''}{', '.join(unknown)} "
            f"(valid: {valid})."
        )
    found = tuple(known[name] for name in wanted) or robot.cameras
    if len(set(found)) != len(found):
        raise UserError(f"The cameras {', '.join(wanted)} name one twice (valid: {valid}).")
    return found


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
