"""Objects of a scene: free rigid bodies that a task grasps, pushes or stacks."""

from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import pydantic

from arm_sim.common.arrays import Floats
from arm_sim.common.config import settings

# The goal's name in messages about objects, which no object can have.
GOAL = "target"
Length = Annotated[float, pydantic.Field(gt=0)]
# The numbers in `size`, by shape; a mesh has the size that its file gives it, times a factor.
_SIZES = {
    "box": "length along x, y and z",
    "cylinder": "diameter and height",
    "sphere": "diameter",
    "mesh": "factor",
}
SIZE_COUNTS = {"box": 3, "cylinder": 2, "sphere": 1, "mesh": 1}


@settings
class ObjectSpec:
    """A free rigid body."""

    shape: Literal["box", "cylinder", "sphere", "mesh"] = "box"
    size: list[Length] = pydantic.Field(
        description="Of a box its length along x, y and z, of a cylinder diameter and height, of a "
        "sphere its diameter, m; of a mesh a factor of its file's lengths"
    )
    file: str = pydantic.Field("", description="Path to the file of a mesh, OBJ or STL")
    mass: float = pydantic.Field(0.05, gt=0, description="kg")
    friction: float = pydantic.Field(1.0, gt=0, description="Coefficient of sliding friction")
    colour: tuple[float, float, float] = pydantic.Field(
        (0.10, 0.35, 0.80), description="Red, green, blue, 0 to 1"
    )
    position: tuple[float, float, float] = pydantic.Field(
        description="Where its middle starts, base frame, m"
    )
    yaw: float = pydantic.Field(0.0, description="How far it starts turned about the vertical, rad")

    @pydantic.model_validator(mode="after")
    def _shape_has_its_size(self) -> "ObjectSpec":
        if len(self.size) != SIZE_COUNTS[self.shape]:
            raise ValueError(
                f"size has {len(self.size)} numbers; a {self.shape} has {SIZE_COUNTS[self.shape]}: "
                f"{_SIZES[self.shape]}"
            )
        if self.shape == "mesh" and not Path(self.file).is_file():
            raise ValueError(f"there is no mesh file '{self.file[:80]}'")
        return self

    @property
    def bounds(self) -> Floats:
        """(2, 3) corners of the box around the object as it stands, from its origin, m.

        The origin is the middle; of a mesh it is where its file has it.
        """
        if self.shape == "mesh":
            import trimesh  # Takes half a second, and few tasks need it.

            corners: Floats = trimesh.load(self.file, force="mesh").bounds * self.size[0]
            return corners
        across = self.size[1] if self.shape == "box" else self.size[0]
        half = np.array([self.size[0], across, self.size[-1]]) / 2
        return np.array([-half, half])


def pose_of(spec: ObjectSpec) -> Floats:
    """Returns where an object starts: (7,) position, m, and quaternion x, y, z, w."""
    return upright_poses(np.array(spec.position), np.array(spec.yaw))


def upright_poses(positions: Floats, yaws: Floats) -> Floats:
    """Returns (..., 7) poses of upright objects: position, m, and quaternion x, y, z, w.

    Args:
        positions: (..., 3) of their middles, m.
        yaws: (...) how far they are turned about the vertical, rad.
    """
    half = np.asarray(yaws)[..., None] / 2
    level = np.zeros((*half.shape[:-1], 2))
    return np.concatenate([positions, level, np.sin(half), np.cos(half)], axis=-1)
