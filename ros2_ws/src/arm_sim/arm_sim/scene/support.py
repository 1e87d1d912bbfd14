"""The surfaces of a scene that objects can lie on: its floor, and the tops of its boxes."""

from dataclasses import dataclass

import mujoco
import numpy as np

from arm_sim.common.arrays import Floats
from arm_sim.robot.robot import Robot
from arm_sim.scene.contact_masks import ANYTHING

_PLANE, _BOX = mujoco.mjtGeom.mjGEOM_PLANE.value, mujoco.mjtGeom.mjGEOM_BOX.value


@dataclass(frozen=True, eq=False)
class Surface:
    """A level rectangle, or a whole plane.

    Attributes:
        height: z of the surface, m, base frame.
        lower: (2,) least x and y, m; -inf for a plane.
        upper: (2,) largest x and y, m; inf for a plane.
    """

    height: float
    lower: Floats
    upper: Floats


def support_surfaces(robot: Robot) -> list[Surface]:
    """Returns the surfaces under the workspace, the highest one first.

    They are the planes, and of the boxes that the scene has around the robot those whose top is
    below the workspace's upper end and reaches into the workspace, seen from above.
    """
    model, data = robot.model, mujoco.MjData(robot.model)
    mujoco.mj_kinematics(model, data)
    lower, upper = robot.workspace
    found = []
    for geom in range(model.ngeom):
        place, kind = data.geom_xpos[geom], model.geom_type[geom]
        if kind == _PLANE:
            surface = Surface(float(place[2]), np.full(2, -np.inf), np.full(2, np.inf))
        elif kind == _BOX and _stands_around(model, geom):
            half = model.geom_size[geom]
            surface = Surface(float(place[2] + half[2]), place[:2] - half[:2], place[:2] + half[:2])
        else:
            continue
        overlaps = (surface.lower < upper[:2]).all() and (surface.upper > lower[:2]).all()
        if overlaps and surface.height < upper[2]:
            found.append(surface)
    return sorted(found, key=lambda surface: -surface.height)


def _stands_around(model: mujoco.MjModel, geom: int) -> bool:
    """Whether a geom is of the scene, not of the robot's file: those collide with anything."""
    kept = model.geom_user[geom, 0] if model.nuser_geom >= 2 else model.geom_contype[geom]
    return bool(kept == ANYTHING and model.geom_bodyid[geom] == 0)
