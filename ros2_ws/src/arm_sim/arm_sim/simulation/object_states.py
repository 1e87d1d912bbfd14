"""ObjectStates: poses and velocities of the free objects of N simulated arms, as ROS gives them."""

import numpy as np
from mujoco.batch import Batch
from numpy.typing import NDArray

from arm_sim.common.arrays import Floats
from arm_sim.robot.robot import Robot

# Where the columns x, y, z and the quaternion x, y, z, w are among MuJoCo's, and the reverse.
_TO_ROS = [0, 1, 2, 4, 5, 6, 3]
_TO_MUJOCO = [0, 1, 2, 6, 3, 4, 5]


class ObjectStates:
    """The M objects of N arms.

    A velocity is (…, 6): linear, m/s, then angular, rad/s, both in the base frame. MuJoCo keeps the
    angular one in the object's own frame.
    """

    def __init__(self, batch: Batch, robot: Robot) -> None:
        """Binds the arrays of a batch."""
        joints, objects = len(robot.home), len(robot.objects)
        qpos, qvel = batch.bind("qpos"), batch.bind("qvel")
        self._shape = (len(qpos), objects)
        # Views of (N, M, 7) and (N, M, 6): the columns behind the robot's joints.
        self._poses = _split(qpos[:, joints:], objects, 7)
        self._velocities = _split(qvel[:, joints:], objects, 6)

    @property
    def poses(self) -> Floats:
        """(N, M, 7) positions, m, and quaternions x, y, z, w; a copy."""
        # Not by an index, which transposes the array: sums depend on how it is laid out.
        return np.take(self._poses, _TO_ROS, axis=-1)

    @property
    def velocities(self) -> Floats:
        """(N, M, 6) linear and angular velocities in the base frame; a copy."""
        velocities = self._velocities.copy()
        velocities[..., 3:] = _rotated(self._poses[..., 3:], velocities[..., 3:])
        return velocities

    def place(self, mask: NDArray[np.bool_], poses: Floats, velocities: Floats) -> None:
        """Sets the states of some objects.

        Args:
            mask: (N, M) which objects to set.
            poses: (N, M, 7) as the attribute; read where `mask` is set.
            velocities: (N, M, 6) as the attribute; read where `mask` is set.
        """
        placed = poses[mask][:, _TO_MUJOCO]
        moving = velocities[mask]
        inverse = placed[:, 3:] * [1.0, -1.0, -1.0, -1.0]
        moving[:, 3:] = _rotated(inverse, moving[:, 3:])
        self._poses[mask] = placed
        self._velocities[mask] = moving


def _split(columns: Floats, parts: int, width: int) -> Floats:
    """A view of (N, parts · width) columns as (N, parts, width), which writes through."""
    row, column = columns.strides
    return np.lib.stride_tricks.as_strided(
        columns, (len(columns), parts, width), (row, width * column, column)
    )


def _rotated(quaternions: Floats, vectors: Floats) -> Floats:
    """Vectors (…, 3) turned by unit quaternions (…, 4) in MuJoCo's order, w first."""
    axes = quaternions[..., 1:]
    twice: Floats = 2.0 * np.asarray(np.cross(axes, vectors), np.float64)
    turned: Floats = vectors + quaternions[..., :1] * twice + np.cross(axes, twice)
    return turned
