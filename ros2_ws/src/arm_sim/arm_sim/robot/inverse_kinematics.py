"""PoseSolver: postures in which the hand is at given places and points in given directions."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from arm_sim.common.arrays import Floats
from arm_sim.common.errors import UserError
from arm_sim.robot.hand import find_hand
from arm_sim.robot.hand_kinematics import HandKinematics, HandPoses
from arm_sim.robot.levenberg_marquardt import levenberg_marquardt_steps
from arm_sim.robot.pose_errors import hand_axes
from arm_sim.robot.robot import Robot

# A posture is a solution within these errors, m and rad; the search goes on to smaller ones.
_LARGEST_ERRORS, _SMALL_ERRORS = (1e-3, np.deg2rad(1.0)), (1e-5, 1e-4)
_STEPS, _RESTARTS = 40, 12
# Of displacements and rotations: an error of 1 rad counts as much as one of 0.2 m.
_SCALE = np.array([1.0, 1.0, 1.0, 0.2, 0.2, 0.2])
# A search ends if the error does not fall to this share within so many steps.
_PROGRESS, _PATIENCE = 0.8, 6
_ROWS = 128
DOWN = (0.0, 0.0, -1.0)


class PoseSolver:
    """Inverse kinematics of the hand of one robot, for many poses at once.

    By Levenberg-Marquardt steps from the start, then from the same random postures for all poses.
    Equal poses give equal postures, whatever other poses are solved with them.
    """

    def __init__(self, robot: Robot) -> None:
        """Prepares for a robot.

        While MuJoCo's threads start, the CPU affinity of the calling thread is changed for a
        moment, see `Kinematics`.

        Raises:
            UserError: If the robot has no gripper whose directions are known.
        """
        hand = find_hand(robot)
        if hand is None:
            raise UserError(f"{robot.name} has no gripper with fingers that close on an object.")
        self.hand = hand
        self._robot, self._kinematics = robot, HandKinematics(robot, hand, _ROWS)
        self._lower, self._upper = robot.lower[robot.arm], robot.upper[robot.arm]

    def solve(
        self,
        grasp_points: Floats,
        approach: ArrayLike = DOWN,
        yaw: Floats | None = None,
        start: Floats | None = None,
        restarts: int = _RESTARTS,
    ) -> tuple[Floats, NDArray[np.bool_]]:
        """Finds postures for n poses of the hand.

        Args:
            grasp_points: (n, 3) where the hand's grasp point is to be, m, base frame.
            approach: (3,) or (n, 3) the hand's direction of approach, base frame; down by default.
            yaw: (n,) angle of the closing direction about the vertical, rad, modulo π; None where
                any will do. With a yaw, an arm of five joints has only some poses, such as those
                straight down if its last joint turns the hand about its approach.
            start: (A,) or (n, A) the posture to search from, rad or m; home by default.
            restarts: How many random postures are tried where the search from `start` fails; 0 for
                postures of the kind of `start` only.

        Returns:
            (n, A) postures within the joints' limits, a joint without limits within half a turn of
            the start; and (n,) which of them are right to 1 mm and 1°.
        """
        points = np.asarray(grasp_points, dtype=np.float64).reshape(-1, 3)
        directions = np.array(np.broadcast_to(np.asarray(approach, np.float64), points.shape))
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        axes = None if yaw is None else hand_axes(directions, np.asarray(yaw, np.float64))
        poses = HandPoses(points, directions, axes)
        home = self._robot.home[self._robot.arm]
        near = np.broadcast_to(home if start is None else start, (len(points), len(home)))
        first: Floats = np.clip(near, self._lower, self._upper)
        postures, solved = first.copy(), np.zeros(len(points), bool)
        random = np.random.default_rng(0).random((restarts, len(home)))
        for attempt in range(1 + restarts):
            pending = np.flatnonzero(~solved)
            seeds = (
                first[pending] if not attempt else self._spread(first[pending], random[attempt - 1])
            )
            for chunk in np.split(np.arange(len(pending)), np.arange(_ROWS, len(pending), _ROWS)):
                rows = pending[chunk]
                found, good = self._search(poses.rows(rows), seeds[chunk])
                better = good | (attempt == 0)
                postures[rows[better]], solved[rows] = found[better], good
        return self._unwound(postures, first), solved

    def _spread(self, start: Floats, shares: Floats) -> Floats:
        """(n, A) postures at shares (A,) of the joints' ranges; of a turn where there is none."""
        lower = np.where(np.isfinite(self._lower), self._lower, start - np.pi)
        upper = np.where(np.isfinite(self._upper), self._upper, start + np.pi)
        spread: Floats = lower + shares * (upper - lower)
        return spread

    def _unwound(self, postures: Floats, start: Floats) -> Floats:
        endless = self._robot.endless[self._robot.arm]
        turns = np.round((postures - start) / (2 * np.pi))
        return np.where(endless, postures - 2 * np.pi * turns, postures)

    def _search(self, poses: HandPoses, seeds: Floats) -> tuple[Floats, NDArray[np.bool_]]:
        """Postures found from seeds (n, A) for at most `_ROWS` poses, and which are solutions."""
        postures, limits = seeds, (self._lower, self._upper)
        before, finished = np.full(len(seeds), np.inf), np.zeros(len(seeds), bool)
        for step in range(_STEPS + 1):
            errors, jacobians = self._kinematics.errors(poses, postures)
            sizes = np.linalg.norm(errors[:, :3], axis=1), np.linalg.norm(errors[:, 3:], axis=1)
            errors, jacobians = errors * _SCALE, jacobians * _SCALE[:, None]
            finished |= (sizes[0] < _SMALL_ERRORS[0]) & (sizes[1] < _SMALL_ERRORS[1])
            if step % _PATIENCE == 0:
                size = np.linalg.norm(errors, axis=1)
                finished |= size > _PROGRESS * before
                before = size
            if finished.all() or step == _STEPS:
                break
            steps = levenberg_marquardt_steps(postures, errors, jacobians, *limits)
            postures = np.clip(postures + np.where(finished[:, None], 0.0, steps), *limits)
        return postures, (sizes[0] < _LARGEST_ERRORS[0]) & (sizes[1] < _LARGEST_ERRORS[1])
