"""What every command of this project does alike: signals, errors, exit code.

It exits with 0 after SIGINT or SIGTERM, and with 2 and one sentence after a user's mistake.
"""

import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType

from arm_sim.common.errors import UserError


class Stopped(Exception):
    """The person or the launcher asked the command to end, in the middle of a wait."""


def run_command(name: str, command: Callable[[threading.Event], None]) -> int:
    """Runs a command and returns its exit code.

    Args:
        name: The command's name, for its error message.
        command: Called with an event that is set by SIGINT or SIGTERM; it should then return soon.
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
