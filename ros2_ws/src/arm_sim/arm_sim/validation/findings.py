"""What a check found: how bad it is, and a sentence that a person can act on."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """What one check found.

    Attributes:
        level: 'error': it can't be used so; 'warning': it can, but look at it; 'fine'.
        text: A sentence or two; what to type may follow on further lines.
    """

    level: Literal["error", "warning", "fine"]
    text: str


Findings = Iterator[Finding]


def error(text: str) -> Finding:
    """Returns a finding that stands in the way."""
    return Finding("error", text)


def warning(text: str) -> Finding:
    """Returns a finding that does not, but should be looked at."""
    return Finding("warning", text)


def fine(text: str) -> Finding:
    """Returns a finding that all is well."""
    return Finding("fine", text)


def listed(names: Iterable[str]) -> str:
    """Returns names as they stand in a sentence."""
    return ", ".join(names)
