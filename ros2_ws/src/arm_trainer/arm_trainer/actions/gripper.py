"""GripperTargets: the commanded openings of N grippers, moved within their speed limits."""

import numpy as np
from numpy.typing import NDArray

from arm_sim.common.arrays import Floats, Ints
from arm_sim.robot.robot import Robot

# A gripper opens or closes in no less than this, s, whatever speed its file allows.
_FASTEST_STROKE = 0.2


class GripperTargets:
    """Openings of N grippers, from 0 (closed) to 1 (open), as they are commanded.

    Attributes:
        openings: (N,) the present targets.
    """

    def __init__(
        self, robot: Robot, num_arms: int, control_period: float, speed_scale: float = 1.0
    ) -> None:
        """Reads the speed limits of the gripper's joints; arguments as for `Shield`."""
        self._robot = robot
        stroke = np.abs(robot.gripper_open - robot.gripper_closed)
        limits = robot.velocity_limits[robot.gripper] / np.maximum(stroke, 1e-9)
        fastest = min([1.0 / _FASTEST_STROKE, *limits.tolist()]) * speed_scale
        self._largest_step = fastest * control_period
        self.openings: Floats = np.ones(num_arms)

    def start(self, arms: Ints, positions: Floats) -> None:
        """Puts the targets of arms (k,) to where their joints are, positions (k, J), rad or m."""
        self.openings = self.openings.copy()
        self.openings[arms] = np.clip(self._robot.gripper_opening(positions), 0.0, 1.0)

    def next_command(self, asked: NDArray[np.floating]) -> Floats:
        """Moves the targets on by one control period.

        Args:
            asked: (N,) openings asked for; a gripper whose value is not finite stays as it is.

        Returns:
            (N, G) position targets of the gripper's joints, rad or m.
        """
        wanted = np.where(np.isfinite(asked), np.clip(asked, 0.0, 1.0), self.openings)
        way = np.clip(wanted - self.openings, -self._largest_step, self._largest_step)
        self.openings = self.openings + way
        return self.command()

    def command(self) -> Floats:
        """Returns (N, G) the present position targets of the gripper's joints, rad or m."""
        return self._robot.gripper_command(self.openings)
