"""The directions of approach and closing are found, whichever way the wrist turns."""

from pathlib import Path

import numpy as np
import pytest

from arm_sim.robot.hand_directions import approach_direction, closing_direction
from arm_sim.robot.hand_parts import HandParts, hand_parts
from support.hands import HANDS, hand_robot

Z = (0.0, 0.0, 1.0)
# The last joint turns about an axis across the fingers, as on arms of four joints.
BEND_LAST = {'<joint name="joint_6" axis="0 0 1"': '<joint name="joint_6" axis="0 1 0"'}


def parts_of(folder: Path, hand: str, changes: dict[str, str] | None = None) -> HandParts:
    parts = hand_parts(hand_robot(folder, hand, changes=changes), 5)
    assert parts is not None
    return parts


@pytest.mark.parametrize("changes", [None, BEND_LAST], ids=["roll_last", "bend_last"])
@pytest.mark.parametrize("hand", HANDS)
def test_a_hand_approaches_along_its_fingers_and_closes_across(
    tmp_path: Path, hand: str, changes: dict[str, str] | None
) -> None:
    parts = parts_of(tmp_path, hand, changes)
    approach = approach_direction(parts)
    np.testing.assert_allclose(approach, Z, rtol=0, atol=1e-6)
    np.testing.assert_allclose(closing_direction(parts, approach), (0, 1, 0), rtol=0, atol=0.01)


def test_without_an_axis_nearby_the_fingers_say_where_the_hand_points(tmp_path: Path) -> None:
    parts = parts_of(tmp_path, "slides")
    c = np.cos(np.pi / 4)
    askew = HandParts(parts.fingers, parts.palm, parts.wrist, np.array([[c, 0.5, 0.5]]))
    approach = approach_direction(askew)
    np.testing.assert_allclose(approach, Z, rtol=0, atol=0.02)
