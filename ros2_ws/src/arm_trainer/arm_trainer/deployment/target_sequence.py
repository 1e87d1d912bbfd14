"""Target list: a file of targets that the controller goes through, one after the other."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pydantic

from arm_sim.common.arrays import Floats
from arm_sim.common.config import build, read_yaml, settings
from arm_trainer.tasks.reach import ReachConfig


@settings
class TargetFile:
    """The YAML file: `targets: [[x, y, z], …]`, in the base frame, m."""

    targets: list[tuple[float, float, float]] = pydantic.Field(min_length=1)


def read_targets(file: Path) -> list[Floats]:
    """Returns the targets (3,) of a file.

    Raises:
        UserError: If it can't be read or holds anything else.
    """
    return [np.array(target) for target in build(TargetFile, read_yaml(file), str(file)).targets]


class TargetSequence:
    """Says which target is on: the next comes when one was held, or its time is up.

    Attributes:
        reached: How many were.
        tried: How many are over.
    """

    def __init__(self, targets: Sequence[Floats], limits: ReachConfig) -> None:
        """Begins with the first.

        Args:
            targets: (3,) each.
            limits: What counts as reached, and when the time is up.
        """
        self.reached = self.tried = 0
        self._targets = targets
        self._limits = limits
        self._held = self._periods = 0

    @property
    def current(self) -> Floats | None:
        """(3,) the target that is on, None after the last."""
        return self._targets[self.tried] if self.tried < len(self._targets) else None

    def see(self, distance: float) -> bool:
        """Takes the distance to the target at the end of a control period, m.

        Returns:
            Whether it was this target's last.
        """
        limits = self._limits
        self._periods += 1
        self._held = self._held + 1 if distance < limits.tolerance else 0
        success = self._held >= limits.hold_periods
        if not success and self._periods < limits.max_periods:
            return False
        self.reached += success
        self.tried += 1
        self._held = self._periods = 0
        return True
