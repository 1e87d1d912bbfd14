"""ObservationLatency: what goes in comes out later, in the same order."""

from collections import deque
from typing import Generic, TypeVar

import numpy as np

T = TypeVar("T")


class DelayLine(Generic[T]):
    """A queue whose items are released some time after they were put in."""

    def __init__(self, delay: float, jitter: float, seed: int) -> None:
        """Makes an empty line.

        Args:
            delay: Time that every item spends in it, s.
            jitter: Each spends a uniformly drawn 0 to `jitter` more, s.
            seed: Of the generator that draws it: equal seeds, equal delays.
        """
        self._delay_ns = round(delay * 1e9)
        self._jitter_ns = jitter * 1e9
        self._generator = np.random.default_rng(seed)
        self._queue: deque[tuple[int, T]] = deque()

    def put(self, time_ns: int, item: T) -> None:
        """Takes an item in at a time, ns, which never falls."""
        extra = round(self._generator.uniform(0.0, self._jitter_ns))
        self._queue.append((time_ns + self._delay_ns + extra, item))

    def take(self, time_ns: int) -> list[T]:
        """Returns what is due at a time, ns, the oldest first."""
        due = []
        # As on a wire: what is due waits behind an earlier item that is late.
        while self._queue and self._queue[0][0] <= time_ns:
            due.append(self._queue.popleft()[1])
        return due
