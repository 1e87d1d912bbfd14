"""The gap between two boxes is what their sizes and motions say."""

import numpy as np
import pytest

from arm_sim.robot.hand_gap import HandGap
from arm_sim.robot.hand_parts import HandParts

CORNERS = np.array([(x, y, z) for x in (-1.0, 1.0) for y in (-1.0, 1.0) for z in (-1.0, 1.0)])
PALM = CORNERS * (0.02, 0.05, 0.03)
# Rows: the directions of approach x, closing y, and across both.
AXES = np.eye(3)
OPENINGS = np.array([0.04, 0.03, 0.02, 0.01, 0.0])


def finger(side: float, across: float = 0.0) -> np.ndarray:
    """(5, 8, 3) a finger of 6 cm from the palm on, its inner side at the opening."""
    box = CORNERS * (0.03, 0.005, 0.01) + (0.05, 0.0, across)
    moved = [np.array([0.0, side * (opening + 0.005), 0.0]) for opening in OPENINGS]
    return box + np.array(moved)[:, None]


def gap_of(*fingers: np.ndarray, palm: tuple[np.ndarray, ...] = (PALM,)) -> HandGap:
    return HandGap(HandParts(fingers, palm, np.zeros(3), AXES), AXES)


def test_two_fingers_leave_twice_their_opening() -> None:
    gap = gap_of(finger(-1), finger(1))
    assert [gap.width(s, 0.07) for s in range(5)] == pytest.approx(2 * OPENINGS, abs=1e-12)
    assert gap.widest(0.01) == pytest.approx(0.08)
    assert gap.tips(0) == gap.farthest == pytest.approx(0.08)
    assert gap.state_of_width(0.043, 0.01) == 2


def test_the_room_ends_at_the_palm() -> None:
    assert gap_of(finger(-1), finger(1)).room(2) == pytest.approx(0.06, abs=0.005)


def test_the_middle_is_where_both_pads_are() -> None:
    gap = gap_of(finger(-1, 0.004), finger(1, -0.002))
    assert gap.middle(1, 0.06) == pytest.approx((0.0, 0.001), abs=1e-12)


def test_a_jaw_closes_against_the_palm() -> None:
    fixed = CORNERS * (0.03, 0.005, 0.01) + (0.05, -0.005, 0.0)
    gap = gap_of(finger(1), palm=(PALM, fixed))
    assert gap.width(0, 0.07) == pytest.approx(0.04)
    assert gap.middle(0, 0.07) == pytest.approx((0.02, 0.0))


def test_beyond_the_tips_there_is_no_gap() -> None:
    gap = gap_of(finger(-1), finger(1))
    assert np.isnan(gap.width(0, 0.09)) and gap.widest_at(0.09) == 0.0


def test_fingers_without_an_other_side_leave_no_gap() -> None:
    assert gap_of(finger(1), palm=()).widest(0.01) == 0.0
