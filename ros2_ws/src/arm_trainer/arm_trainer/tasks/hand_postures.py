"""HandPostures: postures of an arm whose hand points down at many places above a table."""

import numpy as np

from arm_sim.common.arrays import Floats, Ints
from arm_sim.common.errors import UserError
from arm_sim.robot.gripper_states import gripper_states
from arm_sim.robot.hand import Hand
from arm_sim.robot.inverse_kinematics import PoseSolver
from arm_sim.robot.kinematics import Kinematics
from arm_sim.robot.robot import Robot

_COUNT, _OPENINGS = 2_000, 21
# Share of the places that are where an object on the table is grasped, and their spread, m.
_LOW_SHARE, _LOW_SPREAD = 0.4, 0.006
_JOINTS_FOR_A_HEADING = 6


class HandPostures:
    """P postures with the hand turned as at home, drawn once from a fixed seed.

    Attributes:
        positions: (P, J) joint positions, the gripper open, rad or m.
        points: (P, 3) where the hand's grasp point is, m, base frame.
        low: Indices of those at which the hand grasps an object that lies on the table.
        high: Indices of those at which the hand is above all objects on the table.
        heading: Angle of the direction in which the hand closes about the vertical, rad.
    """

    def __init__(
        self, robot: Robot, hand: Hand, lowest: float, above: float, highest: float
    ) -> None:
        """Solves the inverse kinematics.

        Args:
            robot: The robot; at home its hand points down, and its workspace is above the table.
            hand: Its hand.
            lowest: Height of the grasp point where it grasps an object on the table, m, base frame.
            above: Height from which on it is above such an object.
            highest: Largest height.

        Raises:
            UserError: If the arm can't reach most of the places.
        """
        random = np.random.default_rng(0)
        lower, upper = robot.workspace
        points: Floats = random.uniform(lower, upper, (_COUNT, 3))
        low = np.arange(_COUNT) < _LOW_SHARE * _COUNT
        spread = random.random(_COUNT)
        points[:, 2] = np.where(
            low, lowest + spread * _LOW_SPREAD, above + spread * (highest - above)
        )
        self.heading = _heading(robot, hand)
        heading = np.full(_COUNT, self.heading)
        yaw = heading if len(robot.arm) >= _JOINTS_FOR_A_HEADING else None
        home = robot.home[robot.arm]
        postures, solved = PoseSolver(robot).solve(points, yaw=yaw, start=home, restarts=0)
        if solved.mean() < 0.5:
            raise UserError(f"{robot.name} can't point its gripper down at most of the table.")
        positions = np.tile(robot.home, (_COUNT, 1))
        positions[:, robot.arm] = postures
        self.positions, self.points = positions[solved], points[solved]
        self.low: Ints = np.flatnonzero(low[solved])
        self.high: Ints = np.flatnonzero(~low[solved])
        self._robot, self._grippers = robot, gripper_states(robot, _OPENINGS)[::-1]
        self._openings = robot.gripper_opening(self._grippers)

    def with_gripper(self, positions: Floats, opening: float) -> Floats:
        """Returns (J,) positions with the gripper's joints as they are at an opening, 0 to 1."""
        placed = positions.copy()
        arm = self._robot.arm
        for joint in np.setdiff1d(np.arange(len(placed)), arm):
            placed[joint] = np.interp(opening, self._openings, self._grippers[:, joint])
        return placed


def _heading(robot: Robot, hand: Hand) -> float:
    """Angle of the closing direction about the vertical at home, rad."""
    kinematics = Kinematics(robot, 1)
    kinematics.tool_positions(robot.home[None])
    closing = kinematics.tool_rotations()[0] @ hand.closing
    return float(np.arctan2(closing[1], closing[0]))
