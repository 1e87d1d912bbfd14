"""Joint increments: each output moves one arm joint's position target; 1 is its velocity limit."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from arm_sim.common.arrays import Floats
from arm_sim.robot.robot import Robot


class JointIncrements:
    """One output for each arm joint; see `action.Action`."""

    name: ClassVar[str] = "joint_increments"
    observation: ClassVar[tuple[str, ...]] = (
        "joint_positions",
        "joint_velocities",
        "joint_target_lead",
    )

    def __init__(self, robot: Robot, control_period: float) -> None:
        """See `Action`."""
        self.outputs = tuple(f"increment/{robot.joint_names[i]}" for i in robot.arm)
        self.scale: Floats = robot.velocity_limits[robot.arm] * control_period

    def joint_steps(
        self, actions: NDArray[np.floating[Any]], measured: Floats, targets: Floats
    ) -> Floats:
        """See `Action`."""
        return np.asarray(actions, np.float64) * self.scale
