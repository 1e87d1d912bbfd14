"""Poses as (4, 4) matrices, which take points of a child frame to its parent frame, in metres."""

import mujoco
import numpy as np

from arm_sim.common.arrays import Floats


def make_pose(position: Floats, quaternion: Floats | None = None) -> Floats:
    """Returns the (4, 4) pose of a position, m, and a quaternion (w, x, y, z), by default none."""
    pose = np.eye(4)
    pose[:3, 3] = position
    if quaternion is not None:
        rotation = np.empty(9)
        mujoco.mju_quat2Mat(rotation, quaternion)
        pose[:3, :3] = rotation.reshape(3, 3)
    return pose


def rotation_about(axis: Floats, angle: float) -> Floats:
    """Returns the (4, 4) rotation about a unit axis (3,) through the origin, by an angle, rad."""
    quaternion = np.empty(4)
    mujoco.mju_axisAngle2Quat(quaternion, axis, angle)
    return make_pose(np.zeros(3), quaternion)


def roll_pitch_yaw(rotation: Floats) -> Floats:
    """Returns the angles, rad, of a rotation (3, 3) about the fixed axes x, y, z, in this order.

    That is URDF's convention: http://wiki.ros.org/urdf/XML/joint. At a pitch of ±90° only the sum
    or the difference of roll and yaw is defined; the roll is computed from what is left of the
    rotation once the yaw is undone, so both agree there as well.
    """
    x, y, z = rotation
    yaw = np.arctan2(y[0], x[0])
    pitch = np.arctan2(-z[0], np.hypot(x[0], y[0]))
    y_without_yaw = np.cos(yaw) * y - np.sin(yaw) * x
    return np.array([np.arctan2(-y_without_yaw[2], y_without_yaw[1]), pitch, yaw])
