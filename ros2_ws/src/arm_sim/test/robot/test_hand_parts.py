"""The parts of a hand are its solid geoms, at each opening, in the tool frame."""

from pathlib import Path

import numpy as np
import pytest

from arm_sim.robot.hand_parts import hand_parts
from arm_sim.robot.robot import Robot
from arm_sim.scene.loader import load_robot
from support.hands import hand_robot

FINGER = '<geom type="box" size="0.01 0.005 0.03" pos="0 0 0.03" mass="0.05"/>'


def test_fingers_move_and_the_palm_does_not(robot: Robot) -> None:
    parts = hand_parts(robot, 5)
    assert parts is not None
    assert [points.shape for points in parts.fingers] == [(5, 8, 3), (5, 8, 3)]
    moved = [points[-1] - points[0] for points in parts.fingers]
    np.testing.assert_allclose(np.ptp(moved, axis=1), 0.0, rtol=0, atol=1e-9)
    np.testing.assert_allclose(np.abs(np.mean(moved, axis=1)), [[0, 0.05, 0]] * 2, atol=2e-3)
    assert all(points.ndim == 2 for points in parts.palm)


def test_what_is_only_seen_does_not_count_beside_what_collides(tmp_path: Path) -> None:
    seen = FINGER.replace("/>", ' contype="0" conaffinity="0"/>').replace("0.03", "0.05")
    parts = hand_parts(hand_robot(tmp_path, "slides", changes={FINGER: FINGER + seen}), 2)
    assert parts is not None and len(parts.fingers) == 2


def test_fingers_that_are_only_seen_count(tmp_path: Path) -> None:
    seen = FINGER.replace("/>", ' contype="0" conaffinity="0"/>')
    parts = hand_parts(hand_robot(tmp_path, "slides", changes={FINGER: seen}), 2)
    assert parts is not None and len(parts.fingers) == 2


@pytest.mark.parametrize("arm", ["six_axis_arm", "slides"])
def test_without_fingers_there_are_no_parts(tmp_path: Path, arm: str) -> None:
    if arm == "slides":
        inertial = '<inertial pos="0 0 0" mass="0.05" diaginertia="1e-4 1e-4 1e-4"/>'
        bare = hand_robot(tmp_path, "slides", changes={FINGER: inertial})
    else:
        bare = load_robot(arm)
    assert hand_parts(bare, 2) is None
