"""Start: where an episode begins: joint positions, the goal and the poses of the objects."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from arm_sim.common.arrays import Floats


@dataclass(frozen=True)
class Start:
    """Start state of an arm; of k arms if all arrays have a first dimension of k.

    Attributes:
        positions: (J,) joint positions, rad or m.
        goal: (3,) position of the goal in the base frame, m.
        objects: (M, 7) positions, m, and quaternions x, y, z, w of the objects.
    """

    positions: Floats
    goal: Floats
    objects: Floats

    def __getitem__(self, arms: Any) -> "Start":
        """Returns the start states of some of k arms, or of one."""
        return Start(self.positions[arms], self.goal[arms], self.objects[arms])

    def __len__(self) -> int:
        """Returns k."""
        return len(self.positions)


def take_starts(starts: Iterator[Start], count: int) -> Start:
    """Returns the next `count` start states as one."""
    return stack_starts(list(islice(starts, count)))


def stack_starts(starts: Sequence[Start]) -> Start:
    """Returns the start states of single arms as one."""
    return Start(
        np.stack([start.positions for start in starts]),
        np.stack([start.goal for start in starts]),
        np.stack([start.objects for start in starts]),
    )
