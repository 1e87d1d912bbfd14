"""What grasping needs to know of a hand follows from its file, whatever moves its fingers."""

from pathlib import Path

import mujoco
import numpy as np
import pytest

from arm_sim.robot.hand import Hand, find_hand
from arm_sim.robot.robot import Robot
from arm_sim.scene.loader import load_robot
from support.hands import HANDS, TURNED_SITE, hand_robot

# Opening, and the heights of fingertips and palm above the body that carries them, m.
FIGURES = {
    "slides": (0.082, 0.15, 0.09),
    "jaw": (0.074, 0.16, 0.09),
    "linkage": (0.076, 0.153, 0.09),
    "three_fingers": (0.048, 0.14, 0.09),
}


def hand_of(robot: Robot) -> Hand:
    hand = find_hand(robot)
    assert hand is not None
    return hand


@pytest.mark.parametrize(
    ("arm", "approach", "opening", "tips"),
    [("fetch_arm", (1, 0, 0), 0.131, 0.02), ("seven_axis_arm", (0, 0, 1), 0.082, 0.011)],
)
def test_of_the_built_in_arms(
    arm: str, approach: tuple[float, float, float], opening: float, tips: float
) -> None:
    hand = hand_of(load_robot(arm))
    np.testing.assert_allclose(hand.approach, approach, rtol=0, atol=1e-9)
    np.testing.assert_allclose(hand.closing, (0, 1, 0), rtol=0, atol=1e-3)
    assert hand.opening == pytest.approx(opening, abs=1e-3)
    along = hand.grasp_point @ hand.approach
    assert along + hand.reach_beyond == pytest.approx(tips, abs=1e-3)
    np.testing.assert_allclose(hand.grasp_point - along * hand.approach, 0, rtol=0, atol=1e-3)
    assert 0.006 <= hand.reach_beyond <= 0.013
    assert 0.03 < hand.depth < 0.06


@pytest.mark.parametrize("hand", HANDS)
def test_of_every_kind_of_gripper(tmp_path: Path, hand: str) -> None:
    found = hand_of(hand_robot(tmp_path, hand))
    opening, tips, _ = FIGURES[hand]
    assert found.opening == pytest.approx(opening, abs=2e-3)
    # The tool's site is 0.12 m along the body's z axis, the pads are in its middle.
    assert 0.12 + found.grasp_point[2] + found.reach_beyond == pytest.approx(tips, abs=5e-3)
    assert found.grasp_point[0] == pytest.approx(0.0, abs=1e-3)
    assert 0.005 < found.reach_beyond < 0.02 < found.depth


def test_a_jaw_grasps_beside_the_fixed_one(tmp_path: Path) -> None:
    hand = hand_of(hand_robot(tmp_path, "jaw"))
    # The fixed jaw's inner side is at -0.012 m; an object is about 0.04 m wide.
    assert hand.grasp_point[1] == pytest.approx(-0.012 + 0.02, abs=5e-3)


def in_the_world(robot: Robot, hand: Hand) -> np.ndarray:
    data = mujoco.MjData(robot.model)
    data.qpos[:] = robot.home
    mujoco.mj_kinematics(robot.model, data)
    tool = data.site(robot.tool_frame)
    turn = tool.xmat.reshape(3, 3)
    point = tool.xpos + turn @ hand.grasp_point
    return np.array([point, turn @ hand.approach, turn @ hand.closing])


def test_it_does_not_depend_on_the_tool_frame(tmp_path: Path) -> None:
    found = []
    for index, site in enumerate(('<site name="tool" pos="0 0 0.12"/>', TURNED_SITE)):
        (folder := tmp_path / str(index)).mkdir()
        robot = hand_robot(folder, "slides", site)
        found.append(in_the_world(robot, hand_of(robot)))
    found[1][2] *= np.sign(found[0][2] @ found[1][2])
    np.testing.assert_allclose(found[0], found[1], rtol=0, atol=1e-5)


def test_an_arm_without_a_gripper_has_none() -> None:
    assert find_hand(load_robot("six_axis_arm")) is None


def test_it_is_derived_once(robot: Robot) -> None:
    assert find_hand(robot) is find_hand(robot)
