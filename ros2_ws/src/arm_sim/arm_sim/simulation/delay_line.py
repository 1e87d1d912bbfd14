"""DelayLine: a queue that releases its items after a delay, for simulated latency."""

from collections import deque
from typing import Generic, TypeVar

import numpy as np

T = TypeVar("T")


class DelayLine(Generic[T]):
    """A first-in, first-out queue whose items can be taken a certain time after they were put in.

    Like packets on one wire, items never overtake each other: one that is due waits behind an
    earlier one that is not.
    """

    def __init__(self, delay: float, jitter: float, seed: int) -> None:
        """Makes an empty queue.

        Args:
            delay: Time that every item spends in it, s.
            jitter: Largest additional time, s, drawn uniformly from 0 for each item.
            seed: Seed of the random generator; equal seeds give equal delays.
        """
        self._delay_ns = round(delay * 1e9)
        self._jitter_ns = jitter * 1e9
        self._generator = np.random.default_rng(seed)
        self._queue: deque[tuple[int, T]] = deque()

    def put(self, time_ns: int, item: T) -> None:
        """Adds an item at a time, ns; no call's time is before the last one's."""
        extra = round(self._generator.uniform(0.0, self._jitter_ns))
        self._queue.append((time_ns + self._delay_ns + extra, item))

    def take(self, time_ns: int) -> list[T]:
        """Removes and returns the items that are due at a time, ns, the oldest first."""
        due = []
        while self._queue and self._queue[0][0] <= time_ns:
            due.append(self._queue.popleft()[1])
        return due
