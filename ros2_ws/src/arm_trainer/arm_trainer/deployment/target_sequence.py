"""TargetSequence: a list of targets, read from a file, that the arm reaches one after the other."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pydantic

from arm_sim.common.arrays import Floats
from arm_sim.common.config import build, read_yaml, settings
from arm_trainer.tasks.hold_counter import HoldCounter
from arm_trainer.tasks.task import TaskConfig


@settings
class TargetFile:
    """The YAML file: `targets: [[x, y, z], …]`, in the base frame, m."""

    targets: list[tuple[float, float, float]] = pydantic.Field(min_length=1)


def read_targets(file: Path) -> list[Floats]:
    """Returns the targets (3,) of a file, in the base frame, m.

    Raises:
        UserError: If the file can't be read or has other content.
    """
    return [np.array(target) for target in build(TargetFile, read_yaml(file), str(file)).targets]


class TargetSequence:
    """Selects the current target: the next one follows after success or when the time is up.

    Attributes:
        reached: Number of targets that were reached and held.
        finished: Number of targets that are over, reached or not.
    """

    def __init__(self, targets: Sequence[Floats], limits: TaskConfig) -> None:
        """Starts with the first target.

        Args:
            targets: (3,) each.
            limits: Control periods to hold a target, and until the time is up.
        """
        self.reached = self.finished = 0
        self._targets = targets
        self._limits = limits
        self._periods = 0
        self._hold = HoldCounter(limits.hold_periods, 1)

    @property
    def current(self) -> Floats | None:
        """(3,) the current target, None after the last."""
        return self._targets[self.finished] if self.finished < len(self._targets) else None

    def update(self, achieved: bool) -> bool:
        """Counts one control period of the current target.

        Args:
            achieved: Whether the target is reached at the end of the period.

        Returns:
            Whether the current target is finished; `current` is the next one then.
        """
        self._periods += 1
        success = bool(self._hold.update(np.array([achieved]))[0])
        if not success and self._periods < self._limits.max_periods:
            return False
        self.reached += success
        self.finished += 1
        self._periods = 0
        self._hold.reset(np.array([0]))
        return True
