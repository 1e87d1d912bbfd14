"""Links whose mass or inertia MuJoCo refuses get one that follows from what is there."""

from collections.abc import Callable

import numpy as np
import pytest

from arm_sim.robot_description.robot_file import RobotFile
from support.small_arms import INERTIAL, one_joint_urdf

Read = Callable[..., RobotFile]
BOX = '<geometry><box size="0.1 0.2 0.3"/></geometry>'
BOX_MASS = 6.0  # kg, of 1,000 kg/m³


def inertial(mass: float, ixx: float, iyy: float, izz: float) -> str:
    return (
        f'<inertial><mass value="{mass}"/>'
        f'<inertia ixx="{ixx}" iyy="{iyy}" izz="{izz}" ixy="0" ixz="0" iyz="0"/></inertial>'
    )


def test_a_physical_inertia_is_kept(read: Read) -> None:
    body = read(one_joint_urdf(inertial(2, 0.1, 0.2, 0.3))).spec.compile().body("arm")
    assert body.mass == 2
    np.testing.assert_allclose(sorted(body.inertia), [0.1, 0.2, 0.3])


def test_an_inertia_that_no_solid_has_becomes_its_mean(read: Read) -> None:
    robot = read(one_joint_urdf(inertial(2, 0.1, 0.1, 0.4)))
    np.testing.assert_allclose(robot.spec.compile().body("arm").inertia, [0.2] * 3)
    assert any("mean of their moments: arm" in note for note in robot.notes)


@pytest.mark.parametrize("kind", ["visual", "collision"])
def test_a_link_without_mass_has_that_of_its_shapes(read: Read, kind: str) -> None:
    robot = read(one_joint_urdf(f"<{kind}>{BOX}</{kind}>"))
    np.testing.assert_allclose(robot.spec.compile().body("arm").mass, BOX_MASS)
    assert any("1000 kg/m³: arm" in note for note in robot.notes)


def test_a_mass_without_inertia_is_spread_over_the_shapes(read: Read) -> None:
    robot = read(one_joint_urdf(inertial(3, 0, 0, 0) + f"<visual>{BOX}</visual>"))
    body = robot.spec.compile().body("arm")
    assert body.mass == 3
    expected = 3 / 12 * np.array([0.2**2 + 0.3**2, 0.1**2 + 0.3**2, 0.1**2 + 0.2**2])
    np.testing.assert_allclose(sorted(body.inertia), sorted(expected))
    assert any("spread over their shapes: arm" in note for note in robot.notes)


def test_a_mass_without_inertia_and_shape_is_a_ball(read: Read) -> None:
    body = read(one_joint_urdf(inertial(3, 0, 0, 0))).spec.compile().body("arm")
    radius = (3 * 3 / (4 * np.pi * 1000)) ** (1 / 3)
    np.testing.assert_allclose(body.inertia, [0.4 * 3 * radius**2] * 3)


def test_a_link_between_two_joints_may_lack_mass_and_shape(read: Read) -> None:
    more = (
        f'<link name="b">{INERTIAL}</link>'
        '<joint name="j2" type="revolute"><parent link="arm"/><child link="b"/></joint>'
    )
    robot = read(one_joint_urdf("", more=more))
    assert robot.spec.compile().body("arm").mass == 0.001
    assert "Moving links without mass or shape have a mass of 1 g: arm." in robot.notes


@pytest.mark.parametrize(
    ("link", "sentence"),
    [
        ("", "no link has a mass or a shape"),
        ('<inertial><mass value="0"/></inertial>', "no link has a mass or a shape"),
        (inertial(-1, 1, 1, 1), "the link 'arm' has the mass -1 kg"),
        (inertial(1, float("nan"), 1, 1), "the link 'arm' has ixx=\"nan\""),
    ],
)
def test_impossible_masses_are_named(refusal: Callable[..., str], link: str, sentence: str) -> None:
    assert sentence in refusal(one_joint_urdf(link))
