"""Motion trials find joints that chatter, diverge or do not arrive, and pass those that do not."""

from collections.abc import Callable

import mujoco
import numpy as np

from arm_sim.robot.robot import Robot
from arm_sim.scene.loader import load_robot
from arm_sim.scene.motion_trials import run_motion_trials

MakeSpec = Callable[..., mujoco.MjSpec]
MakeRobot = Callable[[mujoco.MjSpec], Robot]


def test_the_arm_that_learns_to_reach_passes() -> None:
    trials = run_motion_trials(load_robot("fetch_arm"))
    assert trials.passed
    assert not trials.late.any()


def test_a_light_wrist_behind_a_strong_servo_is_restless_and_fast(
    light_wrist: mujoco.MjSpec, robot_of: MakeRobot
) -> None:
    trials = run_motion_trials(robot_of(light_wrist))
    assert trials.restless[2]
    assert trials.fast[2]
    assert not trials.passed


def test_a_joint_without_damping_is_fast(small_arm: MakeSpec, robot_of: MakeRobot) -> None:
    undamped = {"-1000 -100": "-1000 0", "-30 30": "-900 900"}
    assert run_motion_trials(robot_of(small_arm(undamped))).fast.any()


def test_what_diverges_is_restless_and_does_not_end_the_trials(
    small_arm: MakeSpec, robot_of: MakeRobot
) -> None:
    wild = {'"1000"': '"1e12"', "-1000 -100": "-1e12 0", 'forcerange="-30 30"': ""}
    spec = small_arm(wild)
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_EULER
    trials = run_motion_trials(robot_of(spec))
    assert np.isinf(trials.vibrations).any()
    assert trials.restless.any()


def test_a_joint_too_weak_to_move_is_late_but_at_rest(
    small_arm: MakeSpec, robot_of: MakeRobot
) -> None:
    spec = small_arm()
    spec.actuators[1].forcerange = (-0.001, 0.001)
    trials = run_motion_trials(robot_of(spec))
    assert trials.late.tolist() == [False, True, False]
    assert trials.passed


def test_a_joint_still_on_its_way_is_late_but_not_restless(
    small_arm: MakeSpec, robot_of: MakeRobot
) -> None:
    spec = small_arm()
    spec.joint("j2").damping = (200.0, 0.0, 0.0)
    trials = run_motion_trials(robot_of(spec))
    assert trials.late[1]
    assert trials.passed


def test_trials_are_equal_to_the_bit(small_arm: MakeSpec, robot_of: MakeRobot) -> None:
    first, second = (run_motion_trials(robot_of(small_arm())) for _ in range(2))
    np.testing.assert_array_equal(first.speeds, second.speeds)
    np.testing.assert_array_equal(first.misses, second.misses)
