"""Random postures of an arm, within its position limits."""

import numpy as np

from arm_sim.common.arrays import Floats
from arm_sim.robot.robot import Robot

# How far an endless joint is turned from home, at most, rad.
_ENDLESS = np.pi


def random_postures(
    robot: Robot, count: int, rng: np.random.Generator, spread: float = 1.0
) -> Floats:
    """Returns (count, J) joint positions: the arm's random, all others at home.

    Args:
        robot: The robot.
        count: Number of postures.
        rng: Where they are drawn from.
        spread: The part of each joint's range in which it is drawn: 1 for all of it, 0 for home.
    """
    arm = robot.arm
    home, lower, upper = robot.home[arm], robot.lower[arm], robot.upper[arm]
    endless = ~np.isfinite(upper - lower)
    lower = np.where(endless, home - _ENDLESS, lower)
    upper = np.where(endless, home + _ENDLESS, upper)
    drawn = rng.uniform(lower, upper, (count, len(arm)))
    postures = np.tile(robot.home, (count, 1))
    postures[:, arm] += spread * (drawn - home)
    return postures
