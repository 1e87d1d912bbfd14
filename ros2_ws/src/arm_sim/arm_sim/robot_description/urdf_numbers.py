"""Reads the numbers of URDF attributes."""

import math
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from arm_sim.common.errors import UserError

# Limits as large as this, rad, m, rad/s, N·m, are how some files write that there is none.
_NO_LIMIT = 1e5


def read_numbers(
    where: str, element: ElementTree.Element | None, name: str, count: int
) -> list[float] | None:
    """Returns the numbers of an attribute; None if there is none.

    Args:
        where: The file and the link or joint, for the message.
        element: The element; None has no attribute.
        name: The attribute.
        count: How many numbers it has to have.

    Raises:
        UserError: If they are not `count` finite numbers.
    """
    text = None if element is None else element.get(name)
    if text is None or not text.strip():
        return None
    try:
        values = [float(word) for word in text.split()]
    except ValueError:
        values = []
    if len(values) != count or not all(map(math.isfinite, values)):
        wanted = f"{count} finite numbers with spaces between" if count > 1 else "a finite number"
        raise UserError(f'{where} has {name}="{text[:80]}", which has to be {wanted}.')
    return values


def read_limit(where: str, element: ElementTree.Element | None, name: str) -> float | None:
    """Returns the number of a limit, 0 if there is none; None if it is too large to be a limit.

    Raises:
        UserError: If it is no number.
    """
    text = "" if element is None else element.get(name, "")
    try:
        value = float(text) if text.strip() else 0.0
    except ValueError:
        value = math.nan
    if math.isnan(value):
        raise UserError(f'{where} has {name}="{text[:80]}", which has to be a number.')
    return value if abs(value) < _NO_LIMIT else None


def write_numbers(values: list[float] | tuple[float, ...]) -> str:
    """Returns numbers as the text of an attribute, exactly."""
    return " ".join(map(repr, map(float, values)))


def owner(path: Path, kind: str, name: str) -> str:
    """Returns how messages name a link or joint of a file."""
    return f"{path}: the {kind} '{name}'"
