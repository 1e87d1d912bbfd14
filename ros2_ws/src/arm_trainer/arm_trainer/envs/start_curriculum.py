"""StartCurriculum: draws start states of a training, the more assisted ones the more these fail."""

from collections.abc import Iterator

import numpy as np

from arm_sim.common.arrays import Floats, Ints
from arm_trainer.tasks.start import Start, stack_starts
from arm_trainer.tasks.task import Bools, Task

# Weight of the newest episode in a kind's success rate.
_RATE_GAIN = 0.01
# Weights of a kind that always succeeds, and the smallest of the task's own starts.
_LEAST, _LEAST_OWN = 0.03, 0.25
_NONE = -1


class StartCurriculum:
    """Start states of N arms: the task's own, and its kinds of assisted starts.

    Each kind is drawn in proportion to the share of its episodes that fails, so assisted starts
    become rare as they are learned. A task without assisted starts only has its own.

    Attributes:
        rates: (K,) running success rate of each kind, the task's own starts first.
    """

    def __init__(self, task: Task, arms: int) -> None:
        """Starts with no success; `seed` comes before the first `draw`."""
        self._task = task
        self._kinds = np.full(arms, _NONE)
        self._random = np.random.default_rng()
        self._starts: list[Iterator[Start]] = []
        self.seed(self._random)
        self.rates: Floats = np.zeros(len(self._starts))

    def seed(self, random: np.random.Generator) -> None:
        """Draws from `random` from now on."""
        task, self._random = self._task, random
        self._starts = [task.starts(random), *task.assisted_starts(random).values()]

    def draw(self, arms: Ints) -> Start:
        """Returns a start state for each of arms (k,)."""
        self._kinds[arms] = 0
        if len(self._starts) > 1:
            weights = 1.0 + _LEAST - self.rates
            weights[0] = max(weights[0], _LEAST_OWN)
            kinds = len(weights)
            self._kinds[arms] = self._random.choice(kinds, len(arms), p=weights / weights.sum())
        return stack_starts([next(self._starts[kind]) for kind in self._kinds[arms]])

    def keep(self, arms: Ints) -> None:
        """Notes that the episodes of arms (k,) begin where the last ones ended instead."""
        self._kinds[arms] = _NONE

    def record(self, arms: Ints, success: Bools) -> None:
        """Notes how the episodes of arms (k,) ended: with success (k,) or not."""
        for kind, succeeded in zip(self._kinds[arms], success, strict=True):
            if kind != _NONE:
                self.rates[kind] += _RATE_GAIN * (float(succeeded) - self.rates[kind])
