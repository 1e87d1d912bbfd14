"""Shield: what stands between a policy's output and the arm, in training and deployment alike.

The same function limits the commands of the training environment and of the deployed controller, so
that a policy never meets limits it was not trained under.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from arm_sim.robot import Floats, Robot


class Shield:
    """Turns normalized joint increments into position targets within the arm's limits."""

    def __init__(self, robot: Robot, control_period: float) -> None:
        """Reads the limits of the robot's arm joints.

        Args:
            robot: The robot.
            control_period: Seconds between commands; with the velocity limits it bounds an
                increment.
        """
        self._lower = robot.lower[robot.arm]
        self._upper = robot.upper[robot.arm]
        self._largest_step = robot.velocity_limits[robot.arm] * control_period

    def next_targets(self, targets: Floats, actions: NDArray[np.floating[Any]]) -> Floats:
        """Returns the next position targets of the arm's joints.

        Args:
            targets: (N, A) the targets in force, rad or m.
            actions: (N, A) policy output; 1 is the joint's velocity limit. More is clipped, and
                where a value is not finite the arm's targets stay as they are.

        Returns:
            (N, A) targets: finite, at most one full step from before, inside the position limits or
            on the way there.
        """
        actions = np.asarray(actions, dtype=np.float64)
        usable = np.isfinite(actions).all(axis=1, keepdims=True)
        steps = np.where(usable, np.clip(actions, -1.0, 1.0), 0.0) * self._largest_step
        inside = np.clip(targets + steps, self._lower, self._upper)
        # Whoever is beyond a limit is led back to it step by step too.
        return np.clip(inside, targets - self._largest_step, targets + self._largest_step)
