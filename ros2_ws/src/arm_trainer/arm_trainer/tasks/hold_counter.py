"""HoldCounter: counts for how many control periods in a row a goal has been achieved."""

import numpy as np
from numpy.typing import NDArray

from arm_sim.common.arrays import Ints


class HoldCounter:
    """Decides for N arms whether a goal was held, not only passed through.

    Example: with `HoldCounter(periods=3, arms=1)`, the third `update(np.array([True]))` in a row
    is the first to return True. One `update(np.array([False]))` starts the count again.

    Attributes:
        periods: Control periods in a row for which a goal must be achieved.
        counts: (N,) control periods in a row for which it has been achieved so far.
    """

    def __init__(self, periods: int, arms: int) -> None:
        """Starts every arm at zero.

        Args:
            periods: Control periods in a row for which a goal must be achieved, at least 1.
            arms: N.
        """
        self.periods = periods
        self.counts: Ints = np.zeros(arms, dtype=np.int64)

    @property
    def held(self) -> NDArray[np.bool_]:
        """(N,) whether each arm has achieved its goal for `periods` control periods in a row."""
        return self.counts >= self.periods

    def update(self, achieved: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Counts one more control period and returns `held`.

        Args:
            achieved: (N,) whether each arm's goal is achieved at the end of this period.
        """
        self.counts = np.where(achieved, self.counts + 1, 0)
        return self.held

    def reset(self, arms: Ints) -> None:
        """Sets the counts of these arms (k,) to zero, at the beginning of their episodes."""
        self.counts[arms] = 0
