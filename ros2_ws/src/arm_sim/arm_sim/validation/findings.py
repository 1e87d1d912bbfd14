"""Finding: the result of one check of a robot or a task, with a sentence for the user."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    Attributes:
        level: 'error': what was checked can't be used; 'warning': it can, but should be looked at;
            'fine': the check has passed.
        text: A sentence or two; lines to add to a file may follow on further lines.
    """

    level: Literal["error", "warning", "fine"]
    text: str


Findings = Iterator[Finding]


def error(text: str) -> Finding:
    """Returns a finding of level 'error'."""
    return Finding("error", text)


def warning(text: str) -> Finding:
    """Returns a finding of level 'warning'."""
    return Finding("warning", text)


def fine(text: str) -> Finding:
    """Returns a finding of level 'fine'."""
    return Finding("fine", text)
