"""Halved increments: a toy action of one file, to show what an action of one's own takes."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from arm_sim.common.arrays import Floats
from arm_sim.robot.robot import Robot


class HalvedIncrements:
    """Each output moves one arm joint at up to half its velocity limit."""

    name: ClassVar[str] = "halved_increments"
    observation: ClassVar[tuple[str, ...]] = ("joint_positions", "joint_velocities")

    def __init__(self, robot: Robot, control_period: float) -> None:
        self.outputs = tuple(f"halved/{robot.joint_names[i]}" for i in robot.arm)
        self.scale = 0.5 * robot.velocity_limits[robot.arm] * control_period

    def joint_steps(
        self, actions: NDArray[np.floating[Any]], measured: Floats, targets: Floats
    ) -> Floats:
        return np.asarray(actions, np.float64) * self.scale
