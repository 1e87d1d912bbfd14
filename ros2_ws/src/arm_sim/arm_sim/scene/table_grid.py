"""TableGrid: the rectangles of a surface above which a hand can point down everywhere."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from arm_sim.common.arrays import Floats
from arm_sim.scene.hand_above import HandAbove
from arm_sim.scene.support import Surface

# Objects keep this distance from the edges of a table, m.
_EDGE = 0.03
# Distance of the grid's places, as a share of the reach, and places along a rectangle's sides.
_STEP, _SIDES = 1 / 15, (7, 6, 5, 4)
_RESTARTS = 2
# The wanted distance of a rectangle's middle from the arm's first joint is that of the workspace,
# and at least this share of the reach.
_LEAST_DISTANCE = 0.4


@dataclass(frozen=True, eq=False)
class Rectangle:
    """A level rectangle: its (2,) lower and upper corner, m, base frame."""

    lower: Floats
    upper: Floats

    @property
    def middle(self) -> Floats:
        """(2,) its middle, m."""
        return (self.lower + self.upper) / 2

    def places(self, along: int) -> Floats:
        """Returns (along², 2) places in it, evenly spread from edge to edge, m."""
        x, y = np.linspace(self.lower, self.upper, along).T
        return np.array(np.meshgrid(x, y)).reshape(2, -1).T


class TableGrid:
    """A grid of places on a surface, on the workspace's side of a robot's arm."""

    def __init__(self, hand: HandAbove, surface: Surface, lowest: float) -> None:
        """Finds the places above which the hand can point down at the lowest height.

        Args:
            hand: The robot's hand.
            surface: Where the objects are.
            lowest: Height of the grasp point, m, base frame.
        """
        self._hand, shoulder = hand, hand.shoulder[:2]
        ahead = hand.robot.workspace.mean(axis=0)[:2] - shoulder
        distance = max(float(np.linalg.norm(ahead)), 1e-6)
        self._centre = shoulder + ahead * max(1.0, _LEAST_DISTANCE * hand.reach / distance)
        self._places = _grid(shoulder, ahead, surface, hand.reach)
        offsets = self._places - shoulder
        fits = (np.linalg.norm(offsets, axis=-1) <= hand.reach) & (offsets @ ahead > 0)
        margin = _EDGE - 1e-9
        fits &= (self._places > surface.lower + margin).all(axis=-1)
        fits &= (self._places < surface.upper - margin).all(axis=-1)
        points = self._points(fits, lowest)
        postures, good = hand.postures(points, restarts=_RESTARTS)
        fits[fits] = good
        self._fits, self._postures = fits, postures[good]

    def _points(self, chosen: NDArray[np.bool_], height: float) -> Floats:
        """(n, 3) points at a height above the chosen places, m."""
        return np.column_stack([self._places[chosen], np.full(chosen.sum(), height)])

    def rectangles(self, highest: float) -> Iterator[Rectangle]:
        """Yields rectangles of whose places the hand reaches all, from the lowest height on.

        The largest come first; of equal ones the two nearest to the workspace's middle.

        Args:
            highest: Largest height of the grasp point, m, base frame.
        """
        points, fits = self._points(self._fits, highest), self._fits.copy()
        fits[fits] = self._hand.postures(points, start=self._postures, restarts=_RESTARTS)[1]
        sizes = sorted(itertools.product(_SIDES, _SIDES), key=lambda size: -size[0] * size[1])
        for wide, deep in sizes:
            windows = np.lib.stride_tricks.sliding_window_view(fits, (wide, deep))
            corners = np.argwhere(windows.all(axis=(2, 3)))
            found = [self._rectangle(int(i), int(j), wide, deep) for i, j in corners]
            yield from sorted(found, key=self._from_centre)[:2]

    def _rectangle(self, i: int, j: int, wide: int, deep: int) -> Rectangle:
        return Rectangle(self._places[i, j], self._places[i + wide - 1, j + deep - 1])

    def _from_centre(self, area: Rectangle) -> float:
        return float(np.linalg.norm(area.middle - self._centre).round(6))


def _grid(shoulder: Floats, ahead: Floats, surface: Surface, reach: float) -> Floats:
    """(X, Y, 2) places about the shoulder, m, in line with the near edge of the surface."""
    count, step = int(1 / _STEP), _STEP * reach
    lines = shoulder[:, None] + np.arange(-count, count + 1) * step
    axis = int(np.argmax(np.abs(ahead)))
    near = surface.lower + _EDGE if ahead[axis] > 0 else surface.upper - _EDGE
    if np.isfinite(near[axis]):
        lines[axis] += np.fmod(near[axis] - lines[axis, 0], step)
    return np.stack(np.meshgrid(*lines, indexing="ij"), axis=-1)
