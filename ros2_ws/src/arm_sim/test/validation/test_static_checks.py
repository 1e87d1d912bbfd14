"""What can be read off an arm's files and is allowed, but unwise, is a warning."""

from collections.abc import Callable

import pytest

Changes = dict[str, str]

PAN = '<joint name="pan_joint" axis="0 0 1" range="-2.9 2.9" user="2.0"/>'
PAN_SERVO = (
    '<position name="pan_joint" joint="pan_joint" class="link" kp="3000" forcerange="-150 150"/>'
)


@pytest.mark.parametrize(
    ("level", "sentence", "xml", "yaml"),
    [
        ("warning", "Joints of no group, which no command moves: wrist_3_joint",
         {}, {", wrist_3_joint]": "]", ", 0.0]": "]"}),
        ("warning", "The target collides: give its geoms contype",
         {'mass="0.1" material="red" contype="0" conaffinity="0"': 'mass="0.1"'}, {}),
        ("warning", "The actuators of pan_joint have no force limit: give each a forcerange",
         {PAN_SERVO: PAN_SERVO.replace('forcerange="-150 150"', "")}, {}),
        ("warning", "turn without end: pan_joint",
         {PAN: PAN.replace(' range="-2.9 2.9"', ""),
          PAN_SERVO: PAN_SERVO.replace("/>", ' inheritrange="0"/>')}, {}),
        ("warning", "some ROS tools can't handle: 'fore arm'",
         {'"forearm_link"': '"fore arm"'}, {}),
        ("fine", "No cameras", {}, {"[front_camera, side_camera, top_camera]": "[]"}),
        ("error", 'does not divide the control period, 0.05 s: use <option timestep="0.0025"/>',
         {'timestep="0.005"': 'timestep="0.003"'}, {}),
        ("error", 'use <option timestep="0.003125"/>',
         {'timestep="0.005"': 'timestep="0.0033333"'}, {}),
    ],
)  # fmt: skip
def test_a_weakness_is_found(
    texts: Callable[..., str], level: str, sentence: str, xml: Changes, yaml: Changes
) -> None:
    assert sentence in texts(level, xml, yaml)


def test_rules_that_are_kept_are_said_to_be(texts: Callable[..., str]) -> None:
    passed = texts("fine")
    assert "9 joints, each a hinge or a slide." in passed
    assert "Every arm and gripper joint has a position actuator." in passed
    assert "Every arm joint has a velocity limit." in passed
    broken = texts("fine", {PAN: PAN.replace(' user="2.0"', "")})
    assert "9 joints, each" in broken and "has a velocity limit" not in broken
