"""Limits, axes and followers of URDF joints mean what they mean in ROS."""

from collections.abc import Callable

import pytest

from arm_sim.robot_description.robot_file import RobotFile
from support.small_arms import INERTIAL, URDF_ARM, one_joint_urdf

Read = Callable[..., RobotFile]


def test_limits_of_velocity_and_effort_are_kept_by_joint(read: Read) -> None:
    robot = read(URDF_ARM)
    assert robot.velocity_limits == {
        "shoulder": 1.5,
        "elbow": 2.0,
        "roll": 3.0,
        "left_finger": 0.1,
        "right_finger": 0.1,
    }
    assert robot.effort_limits["shoulder"] == 20.0
    model = robot.spec.compile()
    assert list(model.jnt_actfrcrange[model.joint("shoulder").id]) == [-20, 20]


@pytest.mark.parametrize("value", ["0", "inf", "1e16", ""])
def test_no_limit_is_written_in_several_ways(read: Read, value: str) -> None:
    robot = read(one_joint_urdf(joint=f'<limit velocity="{value}" effort="{value}"/>'))
    assert robot.velocity_limits == robot.effort_limits == {}


@pytest.mark.parametrize(
    ("limit", "limited", "expected"),
    [
        ('lower="-1" upper="2"', True, [-1, 2]),
        ('lower="-1"', True, [-1, 0]),  # URDF's default of the other is 0.
        ('lower="0" upper="0"', False, [0, 0]),
        ('lower="-inf" upper="1"', False, [0, 0]),
    ],
)
def test_limits_of_position(read: Read, limit: str, limited: bool, expected: list[float]) -> None:
    robot = read(one_joint_urdf(joint=f"<limit {limit}/>"))
    model = robot.spec.compile()
    assert bool(model.jnt_limited[0]) is limited
    assert list(model.jnt_range[0]) == expected
    assert ("Joints without position limits: j1." in robot.notes) is not limited


def test_a_continuous_joint_turns_without_end_whatever_its_limits(read: Read) -> None:
    robot = read(one_joint_urdf(joint='<limit lower="-1" upper="1"/>', kind="continuous"))
    assert not robot.spec.compile().jnt_limited[0]
    assert "Joints without position limits: j1." in robot.notes


def test_a_floating_joint_is_held_still(read: Read) -> None:
    more = (
        f'<link name="b">{INERTIAL}</link>'
        '<joint name="j2" type="revolute"><parent link="arm"/><child link="b"/></joint>'
    )
    robot = read(one_joint_urdf(kind="floating", more=more))
    assert robot.spec.compile().nq == 1
    assert "Floating joints are held still: j1." in robot.notes


@pytest.mark.parametrize(
    ("joint", "sentence"),
    [
        ('<limit lower="1" upper="-1"/>', "'j1' has the limits lower=1 and upper=-1; lower has"),
        ('<limit lower="1" upper="1"/>', "lower has to be less"),
        ('<limit lower="nan" upper="1"/>', "'j1' has lower=\"nan\", which has to be a number"),
        ('<origin xyz="0 nan 0"/>', "'j1' has xyz=\"0 nan 0\", which has to be 3 finite numbers"),
        ('<origin rpy="0, 0, 1"/>', "3 finite numbers with spaces between"),
        ('<axis xyz="0 0 0"/>', "'j1' has an axis of length zero"),
        ('<mimic joint="j2"/>', "'j1' is to follow (mimic) 'j2', which is no other joint"),
        ('<mimic joint="j1"/>', "'j1' is to follow (mimic) 'j1', which is no other joint"),
    ],
)
def test_what_a_joint_can_not_be_is_named(
    refusal: Callable[..., str], joint: str, sentence: str
) -> None:
    assert sentence in refusal(one_joint_urdf(joint=joint))
