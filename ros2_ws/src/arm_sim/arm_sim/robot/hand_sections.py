"""Sections through convex parts of a hand, across the direction in which it approaches."""

from collections.abc import Iterable

import numpy as np

from arm_sim.common.arrays import Floats


def section(parts: Iterable[Floats], depth: float) -> Floats:
    """Returns (K, 2) points whose convex hull is where convex parts cross a plane, m.

    Args:
        parts: For each, (N, 3) points with coordinates along depth, closing and across.
        depth: The plane's depth, m.

    Returns:
        Closing and across; each part's corners are among the points, also points inside it.
    """
    found: list[Floats] = [np.zeros((0, 2))]
    for points in parts:
        below, above = points[points[:, 0] < depth], points[points[:, 0] >= depth]
        if len(below) and len(above):
            found.append(_crossings(below, above, depth))
    return np.concatenate(found)


def _crossings(below: Floats, above: Floats, depth: float) -> Floats:
    """Where the lines between points below and above a plane cross it."""
    share = (depth - below[:, None, 0]) / (above[None, :, 0] - below[:, None, 0])
    crossed: Floats = below[:, None, 1:] + share[..., None] * (
        above[None, :, 1:] - below[:, None, 1:]
    )
    return crossed.reshape(-1, 2)
