"""All faults of a stranger's arm are reported at once; the built-in arms have none."""

from collections.abc import Callable
from pathlib import Path

import pytest

from arm_sim.common.errors import UserError
from arm_sim.validation.findings import Finding
from arm_sim.validation.report import Report, check_robot

PAN = '<joint name="pan_joint" axis="0 0 1" range="-2.9 2.9" user="2.0"/>'
PAN_SERVO = (
    '<position name="pan_joint" joint="pan_joint" class="link" kp="3000" forcerange="-150 150"/>'
)
HOME = "[0.0, -1.3, 1.7, -1.9, 1.57, 0.0]"


@pytest.mark.parametrize("model", ["fetch_arm", "six_axis_arm", "seven_axis_arm"])
def test_the_built_in_arms_can_be_used(model: str) -> None:
    report = check_robot(model)
    assert report.usable and not report.template
    warned = [finding.text for finding in report.findings if finding.level != "fine"]
    if model == "fetch_arm":
        (text,) = warned
        assert "turn without end: upperarm_roll_joint, forearm_roll_joint, wrist_roll" in text
    else:
        assert warned == []


@pytest.mark.parametrize(
    ("sentence", "xml", "yaml"),
    [
        ("MuJoCo can't read", {"</mujoco>": ""}, {}),
        ("unknown key 'speed'", {}, {"home:": "speed: 1\nhome:"}),
        ("camera front_camera turns by itself, so it has no frame in a URDF",
         {'camera name="front_camera"': 'camera name="front_camera" mode="track"'}, {}),
    ],
)  # fmt: skip
def test_what_other_modules_refuse_is_reported(
    check: Callable[..., Report], sentence: str, xml: dict[str, str], yaml: dict[str, str]
) -> None:
    report = check(xml, yaml)
    assert not report.usable
    assert any(sentence in f.text and f.level == "error" for f in report.findings)


def test_faults_are_found_all_at_once(texts: Callable[..., str]) -> None:
    errors = texts(
        "error",
        {PAN_SERVO: "", PAN: PAN.replace(' user="2.0"', ""), 'name="target_x"': 'name="goal_x"'},
        {HOME: "[0.0]", "tool_frame: probe_tip": "tool_frame: hand", "[front_camera": "[rear"},
    )
    for sentence in (
        "No position actuator moves pan_joint. Add one for each to <actuator>",
        '\n<position name="pan_joint" joint="pan_joint" kp',
        "No velocity limit for pan_joint",
        "target_joints names joints the model does not have: target_x",
        '\n  <joint name="target_x" type="slide" axis="1 0 0"',
        "home has 1 positions",
        "no site or body 'hand'",
        "Unknown cameras rear",
    ):
        assert sentence in errors


def test_a_model_of_nothing_is_no_crash(tmp_path: Path) -> None:
    (tmp_path / "nothing.xml").write_text("<mujoco/>")
    report = check_robot(str(tmp_path / "nothing.xml"))
    assert not report.usable
    assert isinstance(report.findings[0], Finding)


def test_no_file_at_all_is_the_users_mistake(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no model file"):
        check_robot(str(tmp_path / "absent.xml"))
