"""Runs a command with the signals, error messages and exit codes that all commands share."""

import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType

from arm_sim.common.errors import UserError


class Stopped(Exception):
    """Raised out of a wait when SIGINT or SIGTERM has asked the command to end."""


def run_command(name: str, command: Callable[[threading.Event], None]) -> int:
    """Runs a command and returns its exit code.

    The code is 0 also after SIGINT or SIGTERM, and 2 after a `UserError`, whose message goes to
    standard error. Other exceptions are not caught.

    Args:
        name: The command's name, for the error message.
        command: Called with an event that SIGINT and SIGTERM set; it should then return soon, or
            raise `Stopped`.
    """
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    previous = {
        number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        command(stop)
    except Stopped:
        return 0
    except UserError as error:
        print(f"{name}: {error}", file=sys.stderr, flush=True)
        return 2
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
    return 0
