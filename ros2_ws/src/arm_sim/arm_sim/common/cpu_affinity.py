"""Which cores physics runs on: its helpers keep away from the thread that they help.

A learner and a simulator that wait for one another in turns, and threads that work for less than a
millisecond at a time, are more than Linux's scheduler sorts out: of two physics threads with two
cores, half of the time one waited for the other (docs/speed.md).
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def workers_off_own_core() -> Iterator[None]:
    """Threads started within this leave one of the process's cores alone: `stay_on_own_core`'s."""
    cores = _cores()
    if len(cores) < 2:
        yield
        return
    os.sched_setaffinity(0, set(cores) - {_own(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def stay_on_own_core() -> None:
    """Keeps the calling thread, and whatever it starts from now on, on the one core."""
    if len(cores := _cores()) > 1:
        os.sched_setaffinity(0, {_own(cores)})


def _cores() -> list[int]:
    """Returns the cores that the caller may use; none where the system does not say."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


def _own(cores: list[int]) -> int:
    # Several simulators on one machine are not all to choose the same.
    return cores[os.getpid() % len(cores)]
