"""The rule of how much inertia a joint needs, and what an arm lacks of it."""

from collections.abc import Callable

import mujoco
import numpy as np
import pytest

from arm_sim.robot.robot import Robot
from arm_sim.scene.rotor_inertia import (
    LEAD_SECONDS,
    Servos,
    arm_servos,
    missing_inertia,
    needed_inertia,
    smallest_inertia,
)

MakeSpec = Callable[..., mujoco.MjSpec]
MakeRobot = Callable[[mujoco.MjSpec], Robot]


def servo(stiffness: float, damping: float, torque: float) -> Servos:
    return Servos(*(np.array([value]) for value in (stiffness, damping, torque)))


@pytest.mark.parametrize(
    ("servos", "inertia"),
    [
        (servo(0, 0, 50), 50 * 0.005 / 1.0),  # Half of 2 rad/s in a step.
        (servo(0, 400, 0), 400 * 0.005 / 2),
        (servo(8000, 0, 0), 8000 * 0.005**2),
    ],
)
def test_torque_damping_and_stiffness_each_need_inertia(servos: Servos, inertia: float) -> None:
    assert needed_inertia(servos, np.array([2.0]), 0.005) == pytest.approx(inertia)


def test_servos_are_seen_at_the_joint_and_the_narrowest_torque_counts(
    small_arm: MakeSpec, robot_of: MakeRobot
) -> None:
    spec = small_arm()
    first, _, third = spec.actuators
    first.gear[0] = 2.0
    spec.joint("j2").actfrclimited, spec.joint("j2").actfrcrange = True, (-5.0, 5.0)
    third.forcelimited = False
    servos = arm_servos(robot_of(spec))
    assert servos.stiffness.tolist() == [4000.0, 1000.0, 1000.0]
    assert servos.damping.tolist() == [400.0, 100.0, 100.0]
    assert servos.torque.tolist() == [60.0, 5.0, pytest.approx(1000 * LEAD_SECONDS * 2.0)]


def test_armature_adds_in_full_to_the_smallest_inertia(
    small_arm: MakeSpec, robot_of: MakeRobot
) -> None:
    spec = small_arm({'armature="0.3"': ""})
    before = smallest_inertia(robot_of(spec))
    spec.joint("j3").armature = 0.5
    after = smallest_inertia(robot_of(spec))
    assert after[2] - before[2] == pytest.approx(0.5)
    assert (after >= before).all()


def test_the_inertia_that_is_missing_is_what_is_needed_less_what_is_there(
    light_wrist: mujoco.MjSpec, robot_of: MakeRobot
) -> None:
    spec = light_wrist
    missing = missing_inertia(robot_of(spec))
    for name, inertia in zip(("j1", "j2", "j3"), missing, strict=True):
        spec.joint(name).armature = inertia
    assert missing[2] > 0.1
    assert missing_inertia(robot_of(spec)) == pytest.approx(0.0, abs=1e-9)
