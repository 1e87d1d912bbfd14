"""HandGap: the free space between the fingers of a hand, at each of its openings."""

import numpy as np

from arm_sim.common.arrays import Floats
from arm_sim.robot.hand_parts import HandParts
from arm_sim.robot.hand_sections import section

# Points this near to the innermost one are the pad's, m.
_PAD = 0.002
# Steps in which the palm is looked for behind the fingertips, and how far at most, m.
_STEP, _FARTHEST = 0.004, 0.2


class HandGap:
    """The gap between two sides of a hand: fingers that move apart, or a jaw and the palm.

    Attributes:
        axes: (3, 3) rows are the directions of approach, closing and across both, tool frame.
        farthest: How far the hand extends along the approach at any opening, m.
    """

    def __init__(self, parts: HandParts, axes: Floats) -> None:
        """Tells the sides apart: those of fingers by the way that they move."""
        self.axes = axes
        fingers = [points @ axes.T for points in parts.fingers]
        palm = [points @ axes.T for points in parts.palm]
        ways = [float((points[-1] - points[0])[:, 1].mean()) for points in fingers]
        self._low = [points for points, way in zip(fingers, ways, strict=True) if way > 0]
        self._high = [points for points, way in zip(fingers, ways, strict=True) if way <= 0]
        self._states = len(fingers[0])
        still = [np.tile(points, (self._states, 1, 1)) for points in palm]
        self._palm = palm
        if not self._low:
            self._low = still
        elif not self._high:
            self._high = still
        depths = [points[..., 0].max() for points in (*fingers, *palm)]
        self.farthest = float(max(depths))

    def tips(self, state: int) -> float:
        """Returns the depth to which both sides extend at an opening (index), m."""
        low, high = (
            max((points[state][:, 0].max() for points in side), default=-np.inf)
            for side in (self._low, self._high)
        )
        return float(min(low, high))

    def _sections(self, state: int, depth: float) -> tuple[Floats, Floats]:
        low = section((points[state] for points in self._low), depth)
        high = section((points[state] for points in self._high), depth)
        return low, high

    def width(self, state: int, depth: float) -> float:
        """Returns the gap's width at an opening and a depth, m; NaN where a side is not there."""
        low, high = self._sections(state, depth)
        if not len(low) or not len(high):
            return np.nan
        return float(high[:, 0].min() - low[:, 0].max())

    def widest_at(self, depth: float) -> float:
        """Returns the width at a depth, m, at the widest opening at which both sides are there."""
        widths = (self.width(state, depth) for state in range(self._states))
        return next((width for width in widths if not np.isnan(width)), 0.0)

    def widest(self, inset: float) -> float:
        """Returns the width of the widest gap at a distance, m, from the fingertips."""
        widths = self._widths(inset)
        return float(np.nanmax(widths)) if np.isfinite(widths).any() else 0.0

    def state_of_width(self, width: float, inset: float) -> int:
        """Returns the opening at which the gap near the tips is nearest to a width, m."""
        away = np.abs(self._widths(inset) - width)
        return int(np.nanargmin(away)) if np.isfinite(away).any() else 0

    def _widths(self, inset: float) -> Floats:
        """(S,) widths at a distance from the tips, m."""
        return np.array([self.width(s, self.tips(s) - inset) for s in range(self._states)])

    def middle(self, state: int, depth: float) -> tuple[float, float]:
        """Returns the middle between the pads at a depth, m: along closing, and across."""
        low, high = self._sections(state, depth)
        pads = low[low[:, 0] > low[:, 0].max() - _PAD], high[high[:, 0] < high[:, 0].min() + _PAD]
        ends = np.array([[pad[:, 1].min(), pad[:, 1].max()] for pad in pads])
        shared = ends[:, 0].max(), ends[:, 1].min()
        across = np.mean(shared) if shared[0] <= shared[1] else np.mean(ends)
        return float((low[:, 0].max() + high[:, 0].min()) / 2), float(across)

    def room(self, state: int) -> float:
        """Returns how far it is from the fingertips back to the palm, m.

        Where the sides leave less than half of the gap at the tips, the room ends as well.
        """
        tips = self.tips(state)
        enough = self.width(state, tips - _STEP) / 2
        for back in np.arange(2 * _STEP, _FARTHEST, _STEP):
            depth = tips - float(back)
            centre = self.middle(state, tips - _STEP)
            palm = [section([points], depth) for points in self._palm]
            inside = any(len(p) and _spans(p, centre) for p in palm)
            if inside or not self.width(state, depth) > enough:
                return float(back - _STEP)
        return _FARTHEST


def _spans(points: Floats, centre: tuple[float, float]) -> bool:
    """Whether a point is within the box around points."""
    return bool(np.all(points.min(axis=0) <= centre) and np.all(points.max(axis=0) >= centre))
