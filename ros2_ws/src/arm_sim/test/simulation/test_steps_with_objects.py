"""With objects, position targets move evenly; a diverged arm is told of once; goals stay."""

import numpy as np
import pytest

from arm_sim.common.arrays import Floats
from arm_sim.robot.robot import Robot
from arm_sim.scene.loader import load_robot
from arm_sim.simulation.simulation import RAMP_PARTS, Simulation
from support.object_scene import TABLE, robot_with_objects

ARMS = 2


@pytest.fixture(scope="module")
def robot() -> Robot:
    return robot_with_objects()


def targets_in_a_step(
    robot: Robot, period: float, monkeypatch: pytest.MonkeyPatch
) -> tuple[Floats, Floats, list[Floats]]:
    """The targets before a step, those of its command, and those of each part of it."""
    simulation = Simulation(robot, ARMS, period, threads=1)
    before, seen = simulation.commands, []
    set_commands = simulation.set_commands

    def noted(commands: Floats) -> None:
        set_commands(commands)
        seen.append(simulation.commands)

    monkeypatch.setattr(simulation, "set_commands", noted)
    assert simulation.step(before + 0.1) == []
    assert simulation.time_ns == round(period * 1e9)
    return before, before + 0.1, seen


@pytest.mark.parametrize("period", [0.05, 0.1, 0.035, 0.005])
def test_targets_move_evenly_over_the_period_and_end_where_they_are_told(
    robot: Robot, monkeypatch: pytest.MonkeyPatch, period: float
) -> None:
    before, told, seen = targets_in_a_step(robot, period, monkeypatch)
    np.testing.assert_array_equal(seen[-1], told)
    steps = np.diff([before, *seen], axis=0)
    assert (steps >= 0.0).all()
    if period >= RAMP_PARTS * 0.005:
        assert len(seen) == RAMP_PARTS
        assert steps.max() < 1.5 * 0.1 / RAMP_PARTS


def test_without_objects_targets_are_set_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    _, told, seen = targets_in_a_step(load_robot(), 0.05, monkeypatch)
    assert len(seen) == 1
    np.testing.assert_array_equal(seen[0], told)


@pytest.fixture
def simulation(robot: Robot) -> Simulation:
    return Simulation(robot, ARMS, threads=1)


def test_a_diverged_arm_is_told_of_once_and_begins_anew_with_its_objects(
    robot: Robot, simulation: Simulation
) -> None:
    poses = np.tile(robot.object_home, (ARMS, 1, 1))
    poses[..., 1] += 0.1
    mask = np.ones((ARMS, 2), bool)
    simulation.place_objects(mask, poses, np.zeros((ARMS, 2, 6)))
    simulation.velocities[1, 0] = 1e12
    (found,) = simulation.step(simulation.commands + 0.3)
    assert found.arm == 1 and found.positions.shape[1] == len(robot.home)
    # For the rest of the period it stays at home, whatever it was told.
    home = robot.home[robot.command_indices]
    np.testing.assert_array_equal(simulation.commands[1], home)
    np.testing.assert_allclose(simulation.positions[1], robot.home, rtol=0, atol=1e-3)
    np.testing.assert_allclose(simulation.objects.poses[1], robot.object_home, rtol=0, atol=1e-3)
    np.testing.assert_allclose(simulation.objects.poses[0], poses[0], rtol=0, atol=1e-3)
    np.testing.assert_allclose(simulation.commands[0], home + 0.3, rtol=0, atol=1e-12)


def test_an_object_that_diverges_is_a_diverged_arm(simulation: Simulation) -> None:
    velocities = np.zeros((ARMS, 2, 6))
    velocities[0, 1, 0] = 1e12
    mask = np.zeros((ARMS, 2), bool)
    mask[0, 1] = True
    simulation.place_objects(mask, simulation.objects.poses, velocities)
    (found,) = simulation.step(simulation.commands)
    assert found.arm == 0
    assert np.isfinite(simulation.objects.velocities).all()


def test_physics_never_moves_a_goal(simulation: Simulation) -> None:
    """Not amid the table or an object, and not when its arm diverges and all else is reset."""
    goals = np.array([[0.8, 0.0, TABLE - 0.01], [0.7, 0.2, TABLE + 0.025]])
    untouched = simulation.goals[1].copy()
    simulation.place_goals(np.array([True, False]), goals)
    np.testing.assert_array_equal(simulation.goals, [goals[0], untouched])
    simulation.place_goals(np.array([True, True]), goals)
    poses = simulation.objects.poses
    for _ in range(5):
        simulation.step(simulation.commands)
    simulation.velocities[1, 0] = 1e12
    simulation.step(simulation.commands)
    np.testing.assert_array_equal(simulation.goals, goals)
    np.testing.assert_array_equal(simulation.drawn[:, -3:], goals)
    np.testing.assert_allclose(simulation.objects.poses, poses, rtol=0, atol=1e-3)
