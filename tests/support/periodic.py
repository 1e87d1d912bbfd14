"""Runs the step function of a mock driver periodically, on a thread of its own."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar


class Periodic(Protocol):
    """Something with a `step` function that is to be called once in each period."""

    period: float  # s; may be changed at any time.

    def step(self) -> None: ...


Driver = TypeVar("Driver", bound=Periodic)


@contextmanager
def running(driver: Driver) -> Iterator[Driver]:
    """Calls `driver.step()` every `driver.period` seconds until the context ends."""
    stop = threading.Event()

    def run() -> None:
        while not stop.wait(driver.period):
            driver.step()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield driver
    finally:
        stop.set()
        thread.join()
