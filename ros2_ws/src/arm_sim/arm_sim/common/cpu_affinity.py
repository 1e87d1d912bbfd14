"""CPU affinity on Linux: keeps the threads of a simulation from sharing one core.

Both functions change the affinity of the calling thread, a setting that later threads inherit;
nothing else in this project does. Without them Linux often runs both of two physics threads on one
of two cores, as they work for less than a millisecond at a time (docs/speed.md).

One of the process's cores is its main core: the thread that waits for the workers stays there, the
workers use the other ones.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def worker_threads_off_main_core() -> Iterator[None]:
    """Keeps the threads that are started within this context away from the main core.

    The calling thread is moved as well, for as long as the context lasts. On a process with one
    core nothing happens.
    """
    cores = _allowed_cores()
    if len(cores) < 2:
        yield
        return
    os.sched_setaffinity(0, set(cores) - {_main_core(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def pin_to_main_core() -> None:
    """Keeps the calling thread, and all threads it starts from now on, on the main core.

    For the main thread of a node. On a process with one core nothing happens.
    """
    if len(cores := _allowed_cores()) > 1:
        os.sched_setaffinity(0, {_main_core(cores)})


def _allowed_cores() -> list[int]:
    """The cores that the calling thread may use; empty on a system without affinities."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


def _main_core(cores: list[int]) -> int:
    # The process id spreads several simulators on one machine over the cores.
    return cores[os.getpid() % len(cores)]
