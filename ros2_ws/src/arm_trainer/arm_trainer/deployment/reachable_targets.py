"""ReachableTargets: replaces a target outside the trained region by the nearest one inside it."""

import numpy as np

from arm_sim.common.arrays import Floats
from arm_trainer.tasks.start import take_starts
from arm_trainer.tasks.task import Task

_SAMPLES = 5_000
# A target this near to a sample counts as reachable, m; about twice the samples' spacing.
_SPACING = 0.05


class ReachableTargets:
    """Samples of the targets that the task draws in training, as the region a policy can reach."""

    def __init__(self, task: Task) -> None:
        """Draws the samples, from a fixed seed."""
        self._samples = take_starts(task.starts(np.random.default_rng(0)), _SAMPLES).goal

    def nearest(self, target: Floats) -> Floats:
        """Returns the target itself if it is reachable, else the nearest sample.

        Args:
            target: (3,) in the base frame, m.
        """
        distances = np.linalg.norm(self._samples - target, axis=1)
        nearest = int(distances.argmin())
        return target if distances[nearest] <= _SPACING else self._samples[nearest]
