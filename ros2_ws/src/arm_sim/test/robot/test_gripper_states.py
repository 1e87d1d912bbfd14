"""A gripper is moved from open to closed, with all that follows, and nothing else moves."""

from pathlib import Path

import numpy as np
import pytest

from arm_sim.robot.gripper_states import gripper_states, hand_joints
from arm_sim.robot.robot import Robot
from support.hands import HANDS, hand_robot


def test_it_goes_from_open_to_closed_in_equal_steps(robot: Robot) -> None:
    states = gripper_states(robot, 3)
    expected = [robot.gripper_open, (robot.gripper_open + robot.gripper_closed) / 2]
    expected.append(robot.gripper_closed)
    np.testing.assert_allclose(states[:, robot.gripper], expected, rtol=0, atol=2e-3)
    others = np.setdiff1d(np.arange(len(robot.joint_names)), robot.gripper)
    np.testing.assert_array_equal(states[:, others], np.tile(robot.home[others], (3, 1)))


def test_the_pads_of_a_linkage_stay_upright(tmp_path: Path) -> None:
    robot = hand_robot(tmp_path, "linkage")
    states = gripper_states(robot, 4)
    crank, pad = (robot.joint_names.index(f"left_{part}") for part in ("crank", "pad"))
    assert states[-1, crank] == pytest.approx(0.6, abs=0.02)
    np.testing.assert_allclose(states[:, crank] + states[:, pad], 0.0, rtol=0, atol=0.02)


@pytest.mark.parametrize("hand", HANDS)
def test_the_joints_beyond_the_arm_are_the_hands(tmp_path: Path, hand: str) -> None:
    robot = hand_robot(tmp_path, hand)
    expected = np.setdiff1d(np.arange(len(robot.joint_names)), robot.arm)
    np.testing.assert_array_equal(hand_joints(robot), expected)


def test_it_is_the_same_every_time(tmp_path: Path) -> None:
    robot = hand_robot(tmp_path, "linkage")
    assert gripper_states(robot, 3).tobytes() == gripper_states(robot, 3).tobytes()
