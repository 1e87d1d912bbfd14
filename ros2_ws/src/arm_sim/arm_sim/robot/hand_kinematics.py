"""HandKinematics: how far hands are from wanted poses, and how the arm's joints move them."""

from dataclasses import dataclass

import numpy as np

from arm_sim.common.arrays import Floats, Ints
from arm_sim.robot.hand import Hand
from arm_sim.robot.kinematics import Kinematics
from arm_sim.robot.pose_errors import direction_errors, orientation_errors
from arm_sim.robot.robot import Robot

# With these signs the fingers are exchanged, by half a turn about the approach.
_EXCHANGED = (1.0, -1.0, -1.0)


@dataclass(frozen=True, eq=False)
class HandPoses:
    """Wanted poses of n hands.

    Attributes:
        points: (n, 3) where the grasp points are to be, m, base frame.
        approach: (n, 3) unit vectors in which the hands are to point, base frame.
        axes: (n, 3, 3) with the columns approach, closing and across both, base frame; None if the
            hands may be turned about the approach.
    """

    points: Floats
    approach: Floats
    axes: Floats | None

    def rows(self, chosen: Ints) -> "HandPoses":
        """Returns the poses of those indices."""
        axes = None if self.axes is None else self.axes[chosen]
        return HandPoses(self.points[chosen], self.approach[chosen], axes)


class HandKinematics:
    """Errors and Jacobians of the hands of up to n arms at once."""

    def __init__(self, robot: Robot, hand: Hand, n: int) -> None:
        """Prepares for at most n arms."""
        self._robot, self._hand, self._n = robot, hand, n
        self._kinematics = Kinematics(robot, n)
        across = np.cross(hand.approach, hand.closing)
        self._axes = np.array([hand.approach, hand.closing, across]).T

    def errors(self, poses: HandPoses, postures: Floats) -> tuple[Floats, Floats]:
        """Returns what postures (k, A), rad or m, lack to the poses, and what the joints do.

        Args:
            poses: The wanted poses of k hands.
            postures: Of the arm's joints.

        Returns:
            (k, 6) the displacements, m, and the rotations, rad, that are missing; and (k, 6, A)
            displacements and rotations per joint motion. A turn about the approach counts as none
            where it is free.
        """
        count, arm = len(postures), self._robot.arm
        positions = np.tile(self._robot.home, (self._n, 1))
        positions[:count, arm] = postures
        tools = self._kinematics.tool_positions(positions)[:count]
        rotations = self._kinematics.tool_rotations()[:count]
        turning = self._kinematics.tool_rotation_jacobian(arm)[:count]
        lever = rotations @ self._hand.grasp_point
        moving = self._kinematics.tool_jacobian(arm)[:count]
        moving += np.cross(turning, lever[:, :, None], axis=1)
        axes = rotations @ self._axes
        if poses.axes is None:
            approach = axes[:, :, 0]
            missing = direction_errors(approach, poses.approach)
            turning = turning - (approach[:, None] @ turning) * approach[:, :, None]
        else:
            missing = orientation_errors(axes, poses.axes)
            exchanged = orientation_errors(axes, poses.axes * _EXCHANGED)
            farther = np.linalg.norm(missing, axis=1) > np.linalg.norm(exchanged, axis=1)
            missing = np.where(farther[:, None], exchanged, missing)
        displacement = poses.points - tools - lever
        errors = np.concatenate([displacement, missing], axis=1)
        return errors, np.concatenate([moving, turning], axis=1)
