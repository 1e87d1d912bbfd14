"""Hand: where and in which direction a gripper grasps, derived from its shape and its motion."""

import functools
from dataclasses import dataclass

import numpy as np

from arm_sim.common.arrays import Floats
from arm_sim.robot.hand_directions import approach_direction, closing_direction
from arm_sim.robot.hand_gap import HandGap
from arm_sim.robot.hand_parts import hand_parts
from arm_sim.robot.robot import Robot

_OPENINGS = 13
# The object that the grasp point is made for: this share of the opening, and at most so wide, m.
_OBJECT_SHARE, _LARGEST_OBJECT = 0.5, 0.04
# The grasp point's distance from the fingertips, m, and as a share of the depth between fingers.
_INSET_SHARE, _INSET = 0.2, (0.006, 0.012)


@dataclass(frozen=True, eq=False)
class Hand:
    """A gripper as grasping sees it: all vectors are in the axes of the robot's tool frame.

    Attributes:
        approach: (3,) unit vector from palm to fingertips: the gripper moves so towards an object.
        closing: (3,) unit vector across `approach`, along which the fingertips move together.
        opening: The free gap between the fingers near their tips with the gripper fully open, m.
            Of a jaw that turns so far that its tip is no longer opposite the other one, the
            widest gap at which it still is.
        grasp_point: (3,) where the middle of a grasped object should be, m: between the finger
            pads, a bit inside the fingertips.
        reach_beyond: How far the hand extends beyond the grasp point along `approach`, at any
            opening, m.
        depth: How far an object may extend from the grasp point towards the palm, m.
        gaps: (K,) gaps between the fingers at the grasp point's depth, m, ascending, ...
        openings: (K,) ... and the openings of the gripper, from 0 to 1, at which they are so wide.
    """

    approach: Floats
    closing: Floats
    opening: float
    grasp_point: Floats
    reach_beyond: float
    depth: float
    gaps: Floats
    openings: Floats

    def opening_for(self, gap: float) -> float:
        """Returns the gripper's opening, from 0 to 1, at which the gap is so wide, m."""
        return float(np.interp(gap, self.gaps, self.openings))


@functools.lru_cache(maxsize=8)
def find_hand(robot: Robot) -> Hand | None:
    """Returns the hand of a robot; None without a gripper, or if nothing fits between its fingers.

    The gripper is closed in simulation. The last joint of nearly every arm turns the hand about the
    direction in which it approaches; of other arms, it is the axis of the tool frame, the palm or a
    finger that points from the last joint to the fingers. Fingers may slide or turn, by linkages as
    well, and a single one may close against the palm.
    """
    parts = hand_parts(robot, _OPENINGS)
    if parts is None:
        return None
    approach = approach_direction(parts)
    closing = closing_direction(parts, approach)
    gap = HandGap(parts, np.array([approach, closing, np.cross(approach, closing)]))
    widest = gap.widest(_INSET[1])
    if widest <= 0.0:
        return None
    state = gap.state_of_width(min(_OBJECT_SHARE * widest, _LARGEST_OBJECT), _INSET[1])
    room = gap.room(state)
    inset = float(np.clip(_INSET_SHARE * room, *_INSET))
    depth = gap.tips(state) - inset
    middle = np.array([depth, *gap.middle(state, depth)])
    widths = np.array([gap.width(s, depth) for s in range(_OPENINGS)])
    there = np.isfinite(widths)
    gaps = np.maximum.accumulate(widths[there][::-1])
    return Hand(
        approach=approach,
        closing=closing,
        opening=gap.widest_at(depth),
        grasp_point=middle @ gap.axes,
        reach_beyond=gap.farthest - depth,
        depth=room - inset,
        gaps=gaps,
        openings=np.linspace(1.0, 0.0, _OPENINGS)[there][::-1],
    )
