"""Finds where the floor is under a robot."""

import mujoco
import numpy as np

from arm_sim.common.arrays import Floats, Ints
from arm_sim.robot_description.geom_points import body_points

_FLAT = 0.02  # A base this near to 0 stands at 0, m.
_CLEARANCE = 0.002  # Between the floor and a link that turns above it, m.
_VERTICAL = 0.99  # Cosine of the largest angle of a vertical axis.


def floor_height(model: mujoco.MjModel, first_joint: int, base: Floats) -> float:
    """Returns the height of the floor in the base frame, m.

    It is the plane in the robot's file, else the lowest point of what does not move: of a base on
    a table 0, of a mobile robot what its wheels stand on. A first link that turns about a vertical
    axis does not touch it.

    Args:
        model: The compiled robot, of which only arm and gripper move.
        first_joint: Index of the arm's first joint.
        base: (4, 4) pose of the base frame in the model's world frame, m.
    """
    data = mujoco.MjData(model)
    mujoco.mj_kinematics(model, data)
    to_base: Floats = np.asarray(np.linalg.inv(base), np.float64)
    planes = data.geom_xpos[model.geom_type == mujoco.mjtGeom.mjGEOM_PLANE.value]
    if len(planes):
        return round(float((planes[:, 2] + to_base[2, 3]).max()), 4)
    still = _lowest(model, data, np.flatnonzero(model.body_weldid == 0), to_base)
    floor = 0.0 if still > -_FLAT else round(still, 3)
    if abs(to_base[2, :3] @ data.xaxis[first_joint]) > _VERTICAL:
        first = int(model.jnt_bodyid[first_joint])
        link = _lowest(model, data, np.flatnonzero(model.body_weldid == first), to_base)
        floor = min(floor, round(link - _CLEARANCE, 3))
    return floor


def _lowest(model: mujoco.MjModel, data: mujoco.MjData, bodies: Ints, to_base: Floats) -> float:
    """The height of the lowest point of bodies in the base frame, m; 0 where they have none."""
    points = [body_points(model, data, int(body)) for body in bodies]
    heights = np.concatenate([np.zeros((0, 3)), *points]) @ to_base[2, :3] + to_base[2, 3]
    return float(heights.min()) if len(heights) else 0.0


def has_plane(spec: mujoco.MjSpec) -> bool:
    """Returns whether a robot's file brings a floor of its own."""
    return any(geom.type == mujoco.mjtGeom.mjGEOM_PLANE for geom in spec.geoms)
