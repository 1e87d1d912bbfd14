"""DrawnStarts: start states that a task has drawn, for the rules about them."""

import functools
from dataclasses import dataclass

import numpy as np

from arm_trainer.task_checks.subject import Subject
from arm_trainer.tasks.start import Start, stack_starts

COUNT = 200


@dataclass(frozen=True)
class DrawnStarts:
    """Start states that a task has drawn.

    Attributes:
        subject: The task.
        single: Each of them, as it was when it was yielded.
    """

    subject: Subject
    single: list[Start]

    @functools.cached_property
    def all(self) -> Start:
        """The start states as one; only for starts of the right shapes."""
        return stack_starts(self.single)


def spread(values: np.ndarray) -> float:
    """Returns by how much the values (K, …) vary, in the column that varies most."""
    return float(np.ptp(values, axis=0).max()) if values.size else 0.0
