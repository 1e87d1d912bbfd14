"""Grippers are commanded within their speed limits, whatever is asked for."""

import dataclasses

import numpy as np
import pytest

from arm_sim.robot.robot import Robot
from arm_sim.scene.loader import load_robot
from arm_trainer.actions.gripper import GripperTargets
from arm_trainer.actions.shield import Shield

PERIOD = 0.05


@pytest.mark.parametrize("model", ["fetch_arm", "seven_axis_arm"])
def test_no_finger_is_commanded_faster_than_its_limit(model: str) -> None:
    robot = load_robot(model)
    targets = GripperTargets(robot, 3, PERIOD)
    before = targets.command()
    largest = robot.velocity_limits[robot.gripper] * PERIOD
    for asked in np.random.default_rng(0).choice([-1e9, 0.0, 0.3, 1.0, np.inf, np.nan], (60, 3)):
        command = targets.next_command(asked)
        assert (np.abs(command - before) <= largest * (1 + 1e-9)).all()
        assert ((targets.openings >= 0.0) & (targets.openings <= 1.0)).all()
        before = command


def test_a_gripper_takes_a_fifth_of_a_second_for_its_stroke_however_fast_its_file_is(
    robot: Robot,
) -> None:
    fast = dataclasses.replace(robot, velocity_limits=np.full(len(robot.home), 1e6))
    targets = GripperTargets(fast, 1, PERIOD)
    openings = []
    for _ in range(5):
        targets.next_command(np.zeros(1))
        openings.append(targets.openings[0])
    np.testing.assert_allclose(openings, [0.75, 0.5, 0.25, 0.0, 0.0], atol=1e-12)


def test_half_the_speed_is_half_the_step(robot: Robot) -> None:
    whole, half = (GripperTargets(robot, 1, PERIOD, scale) for scale in (1.0, 0.5))
    for targets in (whole, half):
        targets.next_command(np.zeros(1))
    assert 1.0 - half.openings[0] == pytest.approx((1.0 - whole.openings[0]) / 2)


def test_an_opening_is_reached_exactly_and_kept(robot: Robot) -> None:
    targets = GripperTargets(robot, 2, PERIOD)
    for _ in range(40):
        command = targets.next_command(np.array([0.37, 1.0]))
    np.testing.assert_array_equal(targets.openings, [0.37, 1.0])
    np.testing.assert_array_equal(command, robot.gripper_command(np.array([0.37, 1.0])))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_not_finite_keeps_its_gripper_alone(robot: Robot, value: float) -> None:
    targets = GripperTargets(robot, 2, PERIOD)
    targets.next_command(np.zeros(2))
    before = targets.openings
    targets.next_command(np.array([value, 0.0]))
    assert targets.openings[0] == before[0] < 1.0
    assert targets.openings[1] < before[1]


def test_targets_start_where_the_fingers_are(robot: Robot) -> None:
    shield = Shield(robot, 3, PERIOD)
    positions = np.tile(robot.home, (2, 1))
    positions[:, robot.gripper] = robot.gripper_command(np.array([0.2, 1.7]))
    shield.start(np.array([0, 2]), positions)
    np.testing.assert_allclose(shield.gripper.openings, [0.2, 1.0, 1.0])


def test_an_arm_without_a_gripper_has_no_command_for_one() -> None:
    robot = load_robot("six_axis_arm")
    assert GripperTargets(robot, 2, PERIOD).next_command(np.zeros(2)).shape == (2, 0)
