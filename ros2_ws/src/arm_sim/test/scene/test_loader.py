"""A robot is loaded from its files as they are now, or refused whole in one sentence."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from arm_sim.common.errors import UserError
from arm_sim.robot.files import model_file
from arm_sim.robot.robot import Robot
from arm_sim.scene.loader import RobotSource, load_robot, load_scene

WriteArm = Callable[..., Path]
MODELS = ["fetch_arm", "six_axis_arm", "seven_axis_arm"]
PAN = 'name="shoulder_pan_joint" axis="0 0 1" range="-1.6056 1.6056" user="1.256"'
ONE_USER, TWO_USER = '<size nuser_jnt="1"/>', '<size nuser_jnt="2"/>'


@pytest.mark.parametrize("model", MODELS)
def test_without_a_yaml_the_same_arm_is_found(tmp_path: Path, model: str) -> None:
    (tmp_path / "my_arm.xml").write_bytes(model_file(model).read_bytes())
    derived, known = load_robot(str(tmp_path / "my_arm.xml")), load_robot(model)
    assert derived.name == "my_arm"
    assert derived.command_joints == known.command_joints
    assert derived.cameras == known.cameras
    np.testing.assert_array_equal(derived.gripper_closed, known.gripper_closed)
    np.testing.assert_array_equal(derived.gripper_open, known.gripper_open)
    np.testing.assert_array_equal(derived.velocity_limits, known.velocity_limits)
    if model == "fetch_arm":  # Its YAML gives the frames of the whole robot.
        assert (derived.tool_frame, derived.base_frame) == ("tool", "torso_lift_link")
    else:
        assert (derived.tool_frame, derived.base_frame) == (known.tool_frame, known.base_frame)
    assert [file.name for file in tmp_path.iterdir()] == ["my_arm.xml"]


def test_a_scene_yaml_may_stand_anywhere(tmp_path: Path) -> None:
    (tmp_path / "elsewhere.yaml").write_text("home: [0, -1.2, 1.5, -1.8, 1.5, 0.1]\n")
    robot = load_robot("six_axis_arm", str(tmp_path / "elsewhere.yaml"))
    np.testing.assert_array_equal(robot.home[robot.arm], [0, -1.2, 1.5, -1.8, 1.5, 0.1])
    source = RobotSource("six_axis_arm", str(tmp_path / "elsewhere.yaml"))
    assert source.load() is robot
    assert load_robot(**source.as_parameters()) is robot
    with pytest.raises(UserError, match=r"There is no scene file .*absent\.yaml"):
        load_robot("six_axis_arm", str(tmp_path / "absent.yaml"))


def test_an_unchanged_robot_is_loaded_once_and_a_changed_one_again(write_arm: WriteArm) -> None:
    file = write_arm("fetch_arm")
    first = load_robot(str(file))
    assert load_robot(str(file)) is first
    write_arm("fetch_arm", yaml={"tool_floor: 0.64": "tool_floor: 0.63"})
    assert load_robot(str(file)).tool_floor == 0.63
    file.with_suffix(".yaml").unlink()
    assert load_robot(str(file)).tool_floor < 0.2


def test_a_wrong_yaml_is_one_sentence_with_its_path(write_arm: WriteArm) -> None:
    file = write_arm("fetch_arm", yaml={"home:": "speed: 1\nhome:"})
    with pytest.raises(UserError, match=r"my_arm\.yaml: unknown key 'speed' \(valid: arm, arm_jo"):
        load_robot(str(file))


def test_of_several_faults_the_first_is_told(write_arm: WriteArm) -> None:
    yaml = {"tool_frame: gripper_link": "tool_frame: hand\narm_joints: [pan]"}
    with pytest.raises(UserError, match=r"^my_arm: arm_joints names joints the model does not"):
        load_robot(str(write_arm("fetch_arm", yaml=yaml)))


@pytest.mark.parametrize(("old", "new"), [("<worldbody>", "<body>"), ("</mujoco>", "")])
def test_what_mujoco_cannot_read_is_one_sentence(write_arm: WriteArm, old: str, new: str) -> None:
    with pytest.raises(UserError, match=r"my_arm\.xml") as caught:
        load_robot(str(write_arm("fetch_arm", {old: new})))
    assert "\n" not in str(caught.value)


def test_velocity_limits_that_the_file_lacks_are_assumed_and_said(tmp_path: Path) -> None:
    fetch = model_file("fetch_arm")
    text = re.sub(r' user="[^"]*"|<size nuser_jnt="1"/>', "", fetch.read_text(encoding="utf-8"))
    (tmp_path / "my_arm.xml").write_text(text, encoding="utf-8")
    (tmp_path / "my_arm.yaml").write_bytes(fetch.with_suffix(".yaml").read_bytes())
    scene = load_scene(str(tmp_path / "my_arm.xml"))
    np.testing.assert_array_equal(scene.robot.velocity_limits[scene.robot.arm], 2.0)
    np.testing.assert_array_equal(scene.robot.velocity_limits[scene.robot.gripper], 0.2)
    (said,) = [note for note in scene.notes if "velocity limits" in note]
    assert "9 joints" in said and "2 rad/s" in said
    with (tmp_path / "my_arm.yaml").open("a") as yaml:
        yaml.write("velocity_limits: {shoulder_pan_joint: 1.5}\n")
    robot = load_robot(str(tmp_path / "my_arm.xml"))
    np.testing.assert_array_equal(robot.velocity_limits[robot.arm], [1.5, *[2.0] * 6])


def test_acceleration_limits_reach_full_speed_in_a_tenth_of_a_second(robot: Robot) -> None:
    np.testing.assert_array_equal(robot.acceleration_limits, robot.velocity_limits / 0.1)
    assert np.isfinite(robot.acceleration_limits[robot.command_indices]).all()


@pytest.mark.parametrize(
    ("second", "expected"),
    [("3.5", 3.5), ("0", 12.56), ("-1", 12.56)],
)
def test_the_second_user_number_is_the_acceleration_limit(
    write_arm: WriteArm, robot: Robot, second: str, expected: float
) -> None:
    pan = robot.joint_names.index("shoulder_pan_joint")
    changes = {ONE_USER: TWO_USER, PAN: PAN.replace("1.256", f"1.256 {second}")}
    given = load_robot(str(write_arm("fetch_arm", changes)))
    assert given.acceleration_limits[pan] == pytest.approx(expected)
    # Joints that give none keep theirs, and velocities are not touched.
    others = np.arange(len(robot.joint_names)) != pan
    np.testing.assert_array_equal(
        given.acceleration_limits[others], robot.acceleration_limits[others]
    )
    np.testing.assert_array_equal(given.velocity_limits, robot.velocity_limits)


@pytest.mark.parametrize(
    ("line", "floor"),
    [
        ("tool_floor: 0.64", 0.64),
        ("tool_floor: 0.68", 0.68),
        ("tool_floor: none", -np.inf),
        ("", 0.05),
        ("floor: none", -np.inf),
    ],
)
def test_the_tool_floor_is_as_given_or_above_the_floor(
    write_arm: WriteArm, line: str, floor: float
) -> None:
    yaml = {"tool_floor: 0.64": line, "\nfloor: 0.0": ""}
    changed = write_arm("fetch_arm", yaml=yaml)
    assert load_robot(str(changed)).tool_floor == floor


CHANGES = """
objects: {cube: {size: [0.04, 0.04, 0.04], position: [0.7, 0.1, 0.62]}}
home: [0.1, -0.5, 0.0, 1.5, 0.0, 0.6, 0.0]
tool_floor: 0.62
"""


def test_changes_of_a_scene_are_given_as_text_or_as_a_file(robot: Robot, tmp_path: Path) -> None:
    file = tmp_path / "12:30" / "scene_changes.yaml"
    file.parent.mkdir()
    file.write_text(CHANGES)
    given = [RobotSource(changes=changes) for changes in (CHANGES, str(file))]
    by_text, by_path = (source.load() for source in given)
    assert by_text.objects == by_path.objects == ("cube",)
    assert by_text.kinematics_hash == by_path.kinematics_hash != robot.kinematics_hash
    np.testing.assert_array_equal(by_text.object_home, by_path.object_home)
    np.testing.assert_array_equal(by_text.home[by_text.arm], [0.1, -0.5, 0.0, 1.5, 0.0, 0.6, 0.0])
    assert by_text.tool_floor == by_path.tool_floor == 0.62
    # Everything else is as without them.
    np.testing.assert_array_equal(by_text.workspace, robot.workspace)
    assert by_text.cameras == robot.cameras
    assert load_robot(changes='{"tool_floor":0.63}').tool_floor == 0.63
    # A node takes either as its parameter.
    assert given[1].as_parameters() == {"model": "fetch_arm", "scene_changes": str(file)}
    assert "scene_changes" not in RobotSource().as_parameters()


def test_a_changed_file_of_changes_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "scene_changes.yaml"
    file.write_text(CHANGES)
    assert load_robot(changes=str(file)).tool_floor == 0.62
    file.write_text(CHANGES.replace("tool_floor: 0.62", "tool_floor: 0.63"))
    assert load_robot(changes=str(file)).tool_floor == 0.63


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ("absent.yaml", r"^Can't read absent\.yaml: No such file"),
        ("/absent/12:30/changes.yaml", r"^Can't read /absent/12:30/changes\.yaml"),
        ("speed: 1", r"^The changes of the scene: unknown key 'speed' \(valid: arm, arm_joints"),
        ("objects: {cube: {size: [1], position: [0, 0, 1]}}", "'objects.cube' .* a box has 3"),
        ("objects: [", "The changes of the scene is not YAML"),
    ],
)
def test_wrong_changes_are_one_sentence(changes: str, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence) as caught:
        load_robot(changes=changes)
    assert "\n" not in str(caught.value)
