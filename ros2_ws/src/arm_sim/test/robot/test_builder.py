"""A robot's arrays are those of its settings and of the compiled scene."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from arm_sim.common.errors import UserError
from arm_sim.robot.builder import build_robot
from arm_sim.robot.robot import Robot
from arm_sim.scene.loader import load_robot, load_scene

TOOL = "tool_frame: gripper_link"


@pytest.fixture
def load(write_arm: Callable[..., Path]) -> Callable[[str], Robot]:
    """Loads the Fetch arm with lines added to its scene YAML."""
    return lambda lines: load_robot(str(write_arm("fetch_arm", yaml={TOOL: f"{TOOL}\n{lines}"})))


def test_limits_of_the_settings_only_narrow_those_of_the_file(load: Callable[..., Robot]) -> None:
    limits = "{shoulder_pan_joint: [-9, 0.5], upperarm_roll_joint: [-2, 3]}"
    robot = load(f"position_limits: {limits}")
    pan, roll = (
        robot.joint_names.index(f"{name}_joint") for name in ("shoulder_pan", "upperarm_roll")
    )
    assert (robot.lower[pan], robot.upper[pan]) == (-1.6056, 0.5)
    assert (robot.lower[roll], robot.upper[roll]) == (-2, 3)
    assert not robot.endless[roll]


def test_the_gripper_starts_open_and_the_goal_amid_the_workspace(
    load: Callable[..., Robot],
) -> None:
    robot = load("gripper_closed: [0.01, 0.02]\ngripper_open: [0.03, 0.05]")
    np.testing.assert_array_equal(robot.home[robot.gripper], [0.03, 0.05])
    np.testing.assert_allclose(robot.gripper_command(np.array([0.5])), [[0.02, 0.035]])
    np.testing.assert_array_equal(robot.goal_home, robot.workspace.mean(axis=0))


def test_acceleration_limits_are_given_or_follow_from_the_velocities(
    load: Callable[..., Robot],
) -> None:
    robot = load(
        "acceleration_limits: {elbow_flex_joint: 4}\nvelocity_limits: {wrist_flex_joint: 1}"
    )
    elbow, wrist = (robot.joint_names.index(f"{name}_flex_joint") for name in ("elbow", "wrist"))
    assert robot.acceleration_limits[elbow] == 4
    assert (robot.velocity_limits[wrist], robot.acceleration_limits[wrist]) == (1, 10)


def test_settings_that_do_not_fit_the_scene_are_refused() -> None:
    scene = load_scene("six_axis_arm")
    with pytest.raises(UserError, match="arm_joints names joints the model does not have: pan_joi"):
        build_robot("robot", load_robot("fetch_arm").model, scene.settings)
