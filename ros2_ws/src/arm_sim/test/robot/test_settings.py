"""A robot YAML of wrong keys or types is one sentence that names what is valid."""

from collections.abc import Callable
from pathlib import Path

import pytest

from arm_sim.common.errors import UserError
from arm_sim.robot.settings import read_robot_settings

HOME = "[0.0, -1.0, 0.0, 1.7, 0.0, 0.5, 0.0]"
TARGET = "[target_x, target_y, target_z]"
KEYS = (
    "arm_joints, gripper_joints, target_joints, tool_frame, base_frame, home, cameras, workspace, "
    "tool_floor"
)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (HOME, HOME.replace("[0.0", "[.nan"), "'home.0' is nan: Input should be a finite"),
        (HOME, HOME.replace(", 0.0]", ", .inf]"), "'home.6' is inf: Input should be a finite"),
        (HOME, HOME.replace("[0.0", "[zero"), "'home.0' is 'zero': Input should be a"),
        (HOME, "straight", "'home' is 'straight': Input should be a valid list"),
        ("tool_frame: gripper_link", "", "key 'tool_frame' is missing"),
        ("base_frame:", "gravity: 9.8\nbase_frame:", f"'gravity' (valid: {KEYS})"),
        ("  upper:", "  middle: 1\n  upper:", "'workspace.middle' (valid: lower, upper)"),
        ("[1.00, 0.45, 1.20]", "[1.00, 0.45]", "'workspace.upper"),
        ("lower: [0.45", "lower: [.nan", "'workspace.lower.0' is nan: Input should be a finite"),
        (TARGET, "[target_x, target_y]", "'target_joints"),
        ("tool_floor: 0.64", "tool_floor: .nan", "'tool_floor' is nan: Input should be a finite"),
        ("tool_floor: 0.64", "tool_floor: -.inf", "'tool_floor' is -inf: Input should be a finite"),
        ("workspace:", "home: [", "my_arm.yaml is not YAML"),
    ],
)
def test_a_wrong_yaml_is_one_sentence(
    write_arm: Callable[..., Path], old: str, new: str, sentence: str
) -> None:
    with pytest.raises(UserError) as caught:
        read_robot_settings(write_arm("fetch_arm", yaml={old: new}))
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)
