"""Views: names, image size and number of stacked frames of the cameras that a policy observes."""

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
    """The images in a policy's observation.

    Attributes:
        cameras: Full names of the K cameras, in the order of their images in the observation.
        size: Width and height of an image, px.
        stack: S, the number of successive frames of each camera, the newest included.
    """

    cameras: tuple[str, ...]
    size: int = 64
    stack: int = 4

    @property
    def shape(self) -> tuple[int, int, int]:
        """Shape of one arm's stacked frames: (S·K·3, H, W)."""
        return self.stack * len(self.cameras) * 3, self.size, self.size


def find_cameras(robot: Robot, names: Sequence[str]) -> tuple[str, ...]:
    """Returns the full names of cameras: 'front' is short for 'front_camera'.

    Args:
        robot: The robot.
        names: Full or short names; an empty sequence for all cameras of the robot.

    Raises:
        UserError: If the robot has no such camera, or a camera is named twice.
    """
    known = {name.removesuffix(_SUFFIX): name for name in robot.cameras}
    known |= {name: name for name in robot.cameras}
    valid = ", ".join(robot.cameras) or "none: add them to its model and its YAML"
    unknown = [name for name in names if name not in known]
    if unknown or not known:
        raise UserError(
            f"{robot.name} has no camera{' ' if unknown else ''}{', '.join(unknown)} "
            f"(valid: {valid})."
        )
    found = tuple(known[name] for name in names) or robot.cameras
    if len(set(found)) != len(found):
        raise UserError(f"Cameras {', '.join(names)}: one is named twice (valid: {valid}).")
    return found
