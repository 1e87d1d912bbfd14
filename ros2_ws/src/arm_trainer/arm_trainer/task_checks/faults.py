"""Turns whatever a task's own code raises into one sentence that names the line."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from arm_sim.common.errors import UserError


class TaskFault(Exception):
    """A mistake in a task's own code after which nothing more can be checked.

    The message is a sentence for the user.
    """


@contextmanager
def blamed(what: str, file: str) -> Iterator[None]:
    """Turns exceptions of the code inside into `TaskFault`.

    Args:
        what: What runs, for instance 'reward'.
        file: The task's file; the line named is the last one in it that was running.

    Raises:
        TaskFault: If the code inside raises anything.
    """
    try:
        yield
    except TaskFault:
        raise
    except UserError as error:
        raise TaskFault(f"{what}: {error}") from error
    except Exception as error:
        where = _line(error, file)
        if isinstance(error, ValueError) and "read-only" in str(error):
            raise TaskFault(
                f"{what} changes an array that is not its own (of the state, the actions or the "
                f"robot){where}: work on a copy."
            ) from error
        reason = " ".join(str(error).split())
        raise TaskFault(f"{what} fails: {type(error).__name__}: {reason}{where}.") from error


def _line(error: Exception, file: str) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame.lineno for frame in frames if frame.filename == file]
    return f", line {own[-1]}" if own else ""
