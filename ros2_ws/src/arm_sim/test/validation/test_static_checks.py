"""What can be read off an arm's files and is allowed, but unwise, is a warning."""

from collections.abc import Callable

import pytest

Changes = dict[str, str]

PAN = '<joint name="pan_joint" axis="0 0 1" range="-2.9 2.9" user="2.0"/>'
PAN_SERVO = (
    '<position name="pan_joint" joint="pan_joint" class="link" kp="3000" forcerange="-150 150"/>'
)
FIVE = "pan_joint, lift_joint, elbow_joint, wrist_1_joint, wrist_2_joint"
# The ranges of the six joints, rad, as many write them.
DEGREES = {
    'range="-2.9 2.9"': 'range="-170 170"',
    'range="-2.9 0.3"': 'range="-170 20"',
    'range="-0.1 2.8"': 'range="-10 160"',
    'range="-3.1 3.1"': 'range="-180 180"',
}


@pytest.mark.parametrize(
    ("level", "sentence", "xml", "yaml"),
    [
        ("fine", "Held still: wrist_3_joint.",
         {}, {"tool_frame": f"arm_joints: [{FIVE}]\ntool_frame", ", 0.0]": "]"}),
        ("warning", "The actuators of pan_joint have no force limit: give each a forcerange",
         {PAN_SERVO: PAN_SERVO.replace('forcerange="-150 150"', "")}, {}),
        ("fine", "Without position limits, so they turn without end: pan_joint.",
         {PAN: PAN.replace(' range="-2.9 2.9"', ""),
          PAN_SERVO: PAN_SERVO.replace("/>", ' inheritrange="0"/>')}, {}),
        ("warning", "some ROS tools can't handle: 'fore arm'",
         {'"forearm_link"': '"fore arm"'}, {}),
        ("fine", "Commands keep to less than the joints' ranges: pan_joint (-0.4 to 0.4).",
         {PAN_SERVO: PAN_SERVO.replace("/>", ' ctrlrange="-0.4 0.4" inheritrange="0"/>')}, {}),
        ("fine", "Commands keep to less than the joints' ranges: pan_joint (-2.8 to 2.8).",
         {PAN: PAN.replace("/>", ' margin="0.1"/>')}, {}),
        ("warning", "look like degrees read as radians: hinges turn by up to 180 rad. Write "
         '<compiler angle="degree"/>', DEGREES, {}),
    ],
)  # fmt: skip
def test_a_weakness_is_found(
    texts: Callable[..., str], level: str, sentence: str, xml: Changes, yaml: Changes
) -> None:
    assert sentence in texts(level, xml, yaml)


def test_what_was_found_and_assumed_is_said(texts: Callable[..., str]) -> None:
    passed = texts("fine")
    assert f"Arm: {FIVE}, wrist_3_joint. Gripper: none." in passed
    assert "velocity limits" not in passed
    without = texts("fine", {PAN: PAN.replace(' user="2.0"', "")})
    assert "No velocity limits in the file for 1 joint" in without and "2 rad/s" in without


def test_ranges_of_two_turns_do_not_look_like_degrees(texts: Callable[..., str]) -> None:
    two_turns = {old: 'range="-6.2832 6.2832"' for old in DEGREES}
    assert "look like" not in texts("warning", two_turns) + texts("error", two_turns)
