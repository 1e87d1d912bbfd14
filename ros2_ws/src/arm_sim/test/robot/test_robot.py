"""A robot's home, gripper and hash."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from arm_sim.robot.robot import Robot
from arm_sim.scene.loader import load_robot

Changes = dict[str, str]
LoadChanged = Callable[..., Robot]

PAN = 'name="shoulder_pan_joint" axis="0 0 1" range="-1.6056 1.6056" user="1.256"'
TOOL = "tool_frame: gripper_link"
ONE_USER, TWO_USER = '<size nuser_jnt="1"/>', '<size nuser_jnt="2"/>'
SITE = '<site name="gripper_link" size="0.008" rgba="0.1 0.8 0.3 0.6" group="4"/>'


@pytest.fixture
def load_changed(write_arm: Callable[..., Path]) -> LoadChanged:
    """Loads the Fetch arm with some texts in its files replaced by others."""
    return lambda xml=None, yaml=None: load_robot(str(write_arm("fetch_arm", xml, yaml)))


def test_names_come_from_the_model_and_commands_name_arm_then_gripper(robot: Robot) -> None:
    assert robot.joint_names == tuple(robot.model.joint(i).name for i in range(robot.model.njnt))
    assert robot.command_joints[:2] == ("shoulder_pan_joint", "shoulder_lift_joint")
    assert robot.command_joints[7:] == ("r_gripper_finger_joint", "l_gripper_finger_joint")


def test_home_is_inside_the_limits_with_the_gripper_open(robot: Robot) -> None:
    assert ((robot.lower <= robot.home) & (robot.home <= robot.upper)).all()
    assert np.isfinite(robot.home).all()
    assert robot.gripper_opening(robot.home[None]) == 1.0
    goal = robot.goal_home
    assert ((robot.workspace[0] < goal) & (goal < robot.workspace[1])).all()


def test_gripper_commands_and_openings_are_inverse(robot: Robot) -> None:
    openings = np.array([0.0, 0.25, 1.0])
    positions = np.tile(robot.home, (3, 1))
    positions[:, robot.gripper] = robot.gripper_command(openings)
    np.testing.assert_allclose(positions[:, robot.gripper[0]], [0, 0.0125, 0.05], atol=1e-15)
    np.testing.assert_allclose(robot.gripper_opening(positions), openings, atol=1e-15)


def test_a_robot_without_a_gripper_is_closed(robot: Robot, load_changed: LoadChanged) -> None:
    bare = load_changed(yaml={TOOL: f"{TOOL}\ngripper_joints: []"})
    assert bare.command_joints == robot.command_joints[:7]
    assert bare.gripper_command(np.ones(3)).shape == (3, 0)
    np.testing.assert_array_equal(bare.gripper_opening(bare.home[None]), [0.0])


@pytest.mark.parametrize(
    ("xml", "yaml"),
    [
        pytest.param({'pos="0.219 0 0"': 'pos="0.2190001 0 0"'}, {}, id="a joint's origin"),
        pytest.param({PAN: PAN.replace("0 0 1", "0 0 -1")}, {}, id="an axis"),
        pytest.param({PAN: PAN.replace(" 1.6056", " 1.6057")}, {}, id="a limit"),
        pytest.param({PAN: PAN.replace("1.256", "1.257")}, {}, id="a velocity limit"),
        pytest.param(
            {ONE_USER: TWO_USER, PAN: PAN.replace("1.256", "1.256 5")}, {}, id="an acceleration"
        ),
        pytest.param({}, {"tool_floor: 0.64": "tool_floor: 0.63"}, id="the floor"),
        pytest.param({}, {"tool_floor: 0.64": "tool_floor: none"}, id="no floor"),
        pytest.param({PAN: PAN + ' pos="0 0 0.1"'}, {}, id="an anchor"),
        pytest.param({SITE: SITE.replace("size", 'pos="0 0 0.1" size')}, {}, id="the tool"),
        pytest.param({}, {"gripper_link": "wrist_roll_link"}, id="the tool's frame"),
        pytest.param(
            {}, {TOOL: f"{TOOL}\ngripper_joints: [r_gripper_finger_joint]"}, id="the gripper"
        ),
        pytest.param(
            {SITE: "", '<body name="gripper_link"': SITE + '<body name="gripper_link"'},
            {},
            id="the body that the tool is on",
        ),
    ],
)
def test_the_kinematics_hash_sees(
    robot: Robot, load_changed: LoadChanged, xml: Changes, yaml: Changes
) -> None:
    assert load_changed(xml, yaml).kinematics_hash != robot.kinematics_hash


def test_the_kinematics_hash_ignores_what_does_not_move(
    robot: Robot, load_changed: LoadChanged
) -> None:
    same = load_changed({'rgba="0.356 0.361 0.376 1"': 'rgba="0 1 0 1"'})
    assert same.kinematics_hash == robot.kinematics_hash
    assert same.model is not robot.model
