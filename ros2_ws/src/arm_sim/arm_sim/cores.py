"""Where threads run: the physics' helpers keep out of the way of the thread that they help.

Two processes that wait for one another in turns, and threads that work for a millisecond at a time,
are more than Linux's scheduler sorts out: of two threads on two idle cores, half of the time one
waited for the other, and physics took 1.0 instead of 0.6 ms (docs/speed.md).
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def leaving_one_core() -> Iterator[None]:
    """Threads started within this never run on the first of the cores that the caller may use.

    The caller itself may run on any of them, as before. Where there is one core, or the system
    does not let one choose, nothing happens.
    """
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    if len(cores) < 2:
        yield
        return
    os.sched_setaffinity(0, cores - {min(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)
