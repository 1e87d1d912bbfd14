"""The cameras that a policy sees through: names, image size, number of stacked frames."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from arm_sim.common.errors import UserError
from arm_sim.robot.robot import Robot

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
