"""Velocity limits of joints: from the robot's file, else a default."""

from collections.abc import Mapping, Sequence

import mujoco
import numpy as np

# Of a joint for which nothing is known: slower than most arms that stand on a table can move.
DEFAULT_HINGE, DEFAULT_SLIDE = 2.0, 0.2  # rad/s, m/s


def velocity_limits(
    model: mujoco.MjModel, joints: Sequence[str], from_file: Mapping[str, float]
) -> tuple[dict[str, float], list[str]]:
    """Returns the velocity limit of each joint, rad/s or m/s, and the joints that got a default.

    A limit comes from the URDF, or from the first number of the 'user' attribute of the MJCF's
    joint, which is a convention of this project: MJCF has no attribute for it.
    """
    limits: dict[str, float] = {}
    unknown = []
    for name in joints:
        joint = model.joint(name)
        user = float(joint.user[0]) if len(joint.user) else 0.0
        given = from_file.get(name, user)
        if not (np.isfinite(given) and given > 0):
            slide = joint.type[0] == mujoco.mjtJoint.mjJNT_SLIDE.value
            given = DEFAULT_SLIDE if slide else DEFAULT_HINGE
            unknown.append(name)
        limits[name] = given
    return limits, unknown


def acceleration_limits(model: mujoco.MjModel, joints: Sequence[str]) -> dict[str, float]:
    """Returns the limits that the second number of a joint's 'user' attribute gives, by joint."""
    numbers = {name: model.joint(name).user for name in joints}
    return {
        name: float(user[1])
        for name, user in numbers.items()
        if len(user) > 1 and np.isfinite(user[1]) and user[1] > 0
    }
