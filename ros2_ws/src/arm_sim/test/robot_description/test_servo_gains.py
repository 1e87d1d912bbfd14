"""Gains follow from inertia and timestep, and hold however far the commands jump."""

from collections.abc import Callable

import mujoco
import numpy as np
import pytest

from arm_sim.robot_description.servo_gains import propose_gains

Text = Callable[..., str]
J3_INERTIA = 0.1 + 0.5 * 0.3**2 / 3  # Armature and a rod about its end, kg·m², but for its radius.


def gains_of(text: Text, **parts: str) -> dict[str, np.ndarray]:
    """The gains of j1, j2 and j3."""
    model = mujoco.MjModel.from_xml_string(text(**parts))
    return vars(propose_gains(model, [0, 1, 2]))


def test_stiffness_follows_from_inertia(text: Text) -> None:
    fingers = 2 * (0.05 * 0.3**2)
    found = gains_of(text)
    assert found["stiffness"][2] == pytest.approx(30**2 * (J3_INERTIA + fingers), rel=0.05)
    # Critically damped, of which 1 N·m·s/rad is the joint's own.
    damping = 2 * np.sqrt(found["stiffness"][2] * (J3_INERTIA + fingers)) - 1
    assert found["damping"][2] == pytest.approx(damping, rel=0.05)
    assert found["stiffness"][1] > 2 * found["stiffness"][2]  # It carries the last link too.


def test_the_posture_of_largest_inertia_counts(text: Text) -> None:
    # About the vertical axis the arm has most when it is stretched out: a link of 1 kg and 0.3 m,
    # then the last one.
    stretched = 0.1 + 0.3**2 / 3 + 0.5 * (0.6**3 - 0.3**3) / 3 / 0.3 + 2 * 0.05 * 0.6**2
    assert gains_of(text)["stiffness"][0] == pytest.approx(30**2 * stretched, rel=0.15)


def test_a_long_timestep_allows_less(text: Text) -> None:
    slow = text().replace('timestep="0.005"', 'timestep="0.02"')
    found = propose_gains(mujoco.MjModel.from_xml_string(slow), [0, 1, 2])
    ratio = gains_of(text)["stiffness"] / found.stiffness
    assert ratio == pytest.approx((30 / 12.5) ** 2, rel=1e-6)


def test_a_damped_joint_is_still_quick(text: Text) -> None:
    found = gains_of(text, j3='damping="60"')
    assert found["damping"][2] == 0.0
    assert 60 / found["stiffness"][2] == pytest.approx(2 / 30)


def test_followers_count_as_moved(text: Text) -> None:
    equality = '<joint joint1="f2" joint2="f1" polycoef="0 2 0 0 0"/>'
    model = mujoco.MjModel.from_xml_string(text(equality=equality))
    (alone,) = propose_gains(mujoco.MjModel.from_xml_string(text()), [3]).stiffness
    (both,) = propose_gains(model, [3]).stiffness
    assert both == pytest.approx((1 + 2**2) * alone, rel=1e-3)


def test_torques_are_the_files_else_of_inertia_and_gravity(text: Text) -> None:
    found = gains_of(text, j1='actuatorfrcrange="-40 40"')
    assert found["torque"][0] == 40
    assert found["from_file"].tolist() == [True, False, False]
    assert found["gravity"][0] == pytest.approx(0, abs=1e-9)
    held = 9.81 * (0.5 * 0.15 + 2 * 0.05 * 0.3)
    assert found["gravity"][2] == pytest.approx(held, rel=0.02)
    needed = held + 2 * 1.0 + 20 * (J3_INERTIA + 0.009)
    assert found["torque"][2] == pytest.approx(2 * needed, rel=0.05)
    rough = gains_of(text, j3='damping="7" frictionloss="4"')
    assert rough["torque"][2] - found["torque"][2] == pytest.approx(2 * (2 * 6 + 4))


def test_efforts_of_a_urdf_count_too(text: Text) -> None:
    model = mujoco.MjModel.from_xml_string(text(j1='actuatorfrcrange="-40 40"'))
    found = propose_gains(model, [0, 1, 2], {"j1": 30.0, "j2": 25.0, "j3": 0.0})
    assert found.torque[:2].tolist() == [30, 25]
    assert found.from_file.tolist() == [True, True, False]  # In URDF, 0 says nothing.


def test_a_light_joint_gets_a_rotor(text: Text) -> None:
    light = {"j3": 'armature="0" actuatorfrcrange="-50 50"', "mass": "0.02", "length": "0.01"}
    found = gains_of(text, **light)
    assert found["armature"][:2].tolist() == [0, 0]
    assert 50 / 500 - 0.02 < found["armature"][2] < 50 / 500
    heavy = gains_of(text, **light | {"j3": 'armature="0.3" actuatorfrcrange="-50 50"'})
    assert heavy["armature"][2] == 0


def test_equal_models_get_equal_gains(text: Text) -> None:
    first, second = gains_of(text), gains_of(text)
    assert all((first[key] == second[key]).all() for key in first)
