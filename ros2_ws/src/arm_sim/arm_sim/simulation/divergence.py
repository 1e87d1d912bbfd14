"""Finds arms whose simulated state is no longer finite, and keeps their last states."""

from collections import deque
from dataclasses import dataclass

import numpy as np

from arm_sim.common.arrays import Floats, Ints

# The bound above which MuJoCo calls a state bad: mjMAXVAL in its mjmodel.h.
_LARGEST_STATE = 1e10
_HISTORY_STEPS = 20


@dataclass(frozen=True)
class Divergence:
    """The state of one arm has become infinite, NaN or unreasonably large.

    Attributes:
        arm: Index of the arm.
        time_ns: Simulation time at which it was found, ns.
        positions: (K, J) the arm's joint positions after its last K steps, the bad one last.
        velocities: (K, J) its joint velocities after these steps.
        commands: (K, C) its position targets in these steps.
    """

    arm: int
    time_ns: int
    positions: Floats
    velocities: Floats
    commands: Floats


class StateHistory:
    """The last states and position targets of all arms."""

    def __init__(self) -> None:
        self._steps: deque[tuple[Floats, Floats, Floats]] = deque(maxlen=_HISTORY_STEPS)

    def append(self, positions: Floats, velocities: Floats, commands: Floats) -> None:
        """Adds (N, J) positions and velocities and (N, C) targets; they must not change later."""
        self._steps.append((positions, velocities, commands))

    def divergence(self, arm: int, time_ns: int) -> Divergence:
        """Returns the history of an arm."""
        return Divergence(
            arm=arm,
            time_ns=time_ns,
            positions=np.stack([positions[arm] for positions, _, _ in self._steps]),
            velocities=np.stack([velocities[arm] for _, velocities, _ in self._steps]),
            commands=np.stack([commands[arm] for _, _, commands in self._steps]),
        )


def diverged_arms(positions: Floats, velocities: Floats) -> Ints:
    """Returns the indices of the arms with a bad state in (N, P) positions or (N, V) velocities.

    With free objects there are more positions than velocities.
    """
    # The sum of all squares is quick to compute, and if it is small, no state is bad. Both
    # comparisons are false for NaN.
    squares = np.vdot(positions, positions) + np.vdot(velocities, velocities)
    if squares < _LARGEST_STATE**2:
        return np.zeros(0, np.int64)
    largest = np.abs(np.concatenate([positions, velocities], axis=1)).max(axis=1)
    return np.flatnonzero(~(largest < _LARGEST_STATE))
