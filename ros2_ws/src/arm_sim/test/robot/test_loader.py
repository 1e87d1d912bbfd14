"""A robot is loaded from its files as they are now, or refused whole in one sentence."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from arm_sim.common.errors import UserError
from arm_sim.robot.files import model_file
from arm_sim.robot.loader import load_robot
from arm_sim.robot.robot import Robot

WriteArm = Callable[..., Path]
PAN = 'name="shoulder_pan_joint" axis="0 0 1" range="-1.6056 1.6056" user="1.256"'
ONE_USER, TWO_USER = '<size nuser_jnt="1"/>', '<size nuser_jnt="2"/>'


def test_a_missing_yaml_is_named(tmp_path: Path) -> None:
    (tmp_path / "my_arm.xml").write_bytes(model_file("fetch_arm").read_bytes())
    with pytest.raises(UserError, match=r"Can't read .*my_arm\.yaml: No such file"):
        load_robot(str(tmp_path / "my_arm.xml"))


def test_an_unchanged_robot_is_loaded_once_and_a_changed_one_again(write_arm: WriteArm) -> None:
    file = write_arm("fetch_arm")
    first = load_robot(str(file))
    assert load_robot(str(file)) is first
    write_arm("fetch_arm", yaml={"tool_floor: 0.64": "tool_floor: 0.63"})
    assert load_robot(str(file)).tool_floor == 0.63


def test_several_faults_are_refused_with_the_first_and_what_to_type(write_arm: WriteArm) -> None:
    file = write_arm(
        "fetch_arm", {'name="target_x" type': 'name="goal_x" type'}, {"- shoulder_pan": "- pan"}
    )
    with pytest.raises(UserError, match=r"^my_arm: arm_joints names joints the model does not"):
        load_robot(str(file))
    file = write_arm("fetch_arm", {'name="target_x" type': 'name="goal_x" type'})
    with pytest.raises(UserError) as caught:
        load_robot(str(file))
    assert str(caught.value).endswith("The command check_robot prints what to add.")
    assert "\n" not in str(caught.value)


def test_without_its_user_numbers_every_velocity_limit_is_asked_for(
    robot: Robot, tmp_path: Path
) -> None:
    fetch = model_file("fetch_arm")
    text = re.sub(r' user="[^"]*"|<size nuser_jnt="1"/>', "", fetch.read_text(encoding="utf-8"))
    (tmp_path / "my_arm.xml").write_text(text, encoding="utf-8")
    (tmp_path / "my_arm.yaml").write_bytes(fetch.with_suffix(".yaml").read_bytes())
    with pytest.raises(UserError, match=", ".join(robot.command_joints[:7])):
        load_robot(str(tmp_path / "my_arm.xml"))


def test_acceleration_limits_reach_full_speed_in_a_tenth_of_a_second(robot: Robot) -> None:
    np.testing.assert_array_equal(robot.acceleration_limits, robot.velocity_limits / 0.1)
    assert np.isfinite(robot.acceleration_limits[robot.command_indices]).all()
    assert np.isinf(robot.acceleration_limits[robot.target]).all()


@pytest.mark.parametrize(("second", "expected"), [("3.5", 3.5), ("0", 12.56)])
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
    ("line", "floor"), [("tool_floor: 0.64", 0.64), ("tool_floor: 0.68", 0.68), ("", -np.inf)]
)
def test_the_tool_floor_is_as_given_or_none(write_arm: WriteArm, line: str, floor: float) -> None:
    changed = write_arm("fetch_arm", yaml={"tool_floor: 0.64": line})
    assert load_robot(str(changed)).tool_floor == floor
