"""Reachable targets: where a policy has learnt to go, and what is nearest to where it has not."""

from itertools import islice

import numpy as np

from arm_sim.common.arrays import Floats
from arm_trainer.tasks.task import Task

_SAMPLES = 20_000
# Targets nearer than this to a sample are as good as it; about twice the samples' spacing, m.
_SPACING = 0.05


class ReachableTargets:
    """Targets as a training draws them."""

    def __init__(self, task: Task) -> None:
        """Draws samples of the task's targets, always the same ones."""
        starts = islice(task.starts(np.random.default_rng(0)), _SAMPLES)
        self._samples = np.stack([start[task.robot.target] for start in starts])

    def nearest(self, target: Floats) -> Floats:
        """Returns (3,) the target itself where it can be reached, else the nearest that can, m."""
        distances = np.linalg.norm(self._samples - target, axis=1)
        nearest = int(distances.argmin())
        return target if distances[nearest] <= _SPACING else self._samples[nearest]
