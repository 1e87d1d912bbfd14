"""Commands are joint positions whatever the actuators' units, and no servo remembers a reset."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from arm_sim.robot.robot import Robot
from arm_sim.scene.loader import load_robot
from arm_sim.simulation.simulation import Simulation

DEFAULT = '<position dampratio="1" inheritrange="1"/>'
PAN = '<position name="pan_joint" joint="pan_joint" class="link" kp="3000" forcerange="-150 150"/>'
LIFT = (
    '<position name="lift_joint" joint="lift_joint" class="link" kp="4000" forcerange="-150 150"/>'
)
KINDS = {
    "filters": {DEFAULT: DEFAULT.replace("/>", ' timeconst="0.1"/>')},
    "filters and gears": {DEFAULT: '<position dampratio="1" timeconst="0.1" gear="-2"/>'},
    "rate limits and integrals": {
        LIFT: '<pid joint="lift_joint" kp="4000" kv="300" ki="500" imax="0.2" slewmax="1" gear="2" '
        'forcerange="-150 150"/>',
        PAN: '<general joint="pan_joint" gainprm="2" biastype="affine" biasprm="60 -3000 -300" '
        'forcerange="-150 150"/>',
    },
}


@pytest.fixture(params=KINDS.values(), ids=KINDS)
def servo_robot(request: pytest.FixtureRequest, write_arm: Callable[..., Path]) -> Robot:
    """The six-axis arm with each kind of servo."""
    return load_robot(str(write_arm("six_axis_arm", request.param)))


@pytest.fixture
def filtered_robot(write_arm: Callable[..., Path]) -> Robot:
    """The six-axis arm whose servos have filters."""
    return load_robot(str(write_arm("six_axis_arm", KINDS["filters"])))


def wander(simulation: Simulation, seed: int, steps: int) -> np.ndarray:
    """(steps, N, J) positions while random position targets are commanded."""
    rng, robot = np.random.default_rng(seed), simulation.robot
    joints = robot.command_indices
    targets, seen = simulation.commands, []
    for _ in range(steps):
        targets = targets + rng.uniform(-0.15, 0.15, targets.shape)
        targets = np.clip(targets, robot.lower[joints], robot.upper[joints])
        assert simulation.step(targets) == []
        np.testing.assert_array_equal(simulation.commands, targets)
        seen.append(simulation.positions.copy())
    return np.array(seen)


def test_joints_come_to_rest_at_the_commands(servo_robot: Robot) -> None:
    simulation = Simulation(servo_robot, 1)
    commands = simulation.commands + np.array([0.3, -0.1, -0.2, 0.3, -0.3, 0.5])
    for _ in range(200):
        simulation.step(commands)
    reached = simulation.positions[:, servo_robot.command_indices]
    np.testing.assert_allclose(reached, commands, rtol=0, atol=5e-3)


def test_arms_hold_home_from_the_start(servo_robot: Robot) -> None:
    simulation = Simulation(servo_robot, 1)
    for _ in range(40):
        simulation.step(simulation.commands)
        np.testing.assert_allclose(simulation.positions[0], servo_robot.home, rtol=0, atol=5e-3)


@pytest.mark.parametrize("velocity", [0.0, 0.3])
def test_equal_resets_give_equal_trajectories_whatever_came_before(
    servo_robot: Robot, velocity: float
) -> None:
    pose = servo_robot.home.copy()
    pose[servo_robot.arm] += 0.2
    found = []
    for history in (None, 1, 2):
        simulation = Simulation(servo_robot, 3)
        if history is not None:
            wander(simulation, history, 15)
        mask = np.ones(simulation.positions.shape, bool)
        simulation.place(mask, np.tile(pose, (3, 1)), np.full(mask.shape, velocity))
        found.append(wander(simulation, 7, 30))
    assert found[0].tobytes() == found[1].tobytes() == found[2].tobytes()


def test_a_diverged_arm_goes_on_as_new(servo_robot: Robot) -> None:
    simulation = Simulation(servo_robot, 2)
    wander(simulation, 1, 15)
    mask = np.zeros(simulation.positions.shape, bool)
    mask[1, servo_robot.arm[2]] = True
    simulation.place(mask, simulation.positions, np.full(mask.shape, np.nan))
    (found,) = simulation.step(simulation.commands)
    assert found.arm == 1
    fresh = Simulation(servo_robot, 2)
    assert wander(simulation, 7, 20)[:, 1].tobytes() == wander(fresh, 7, 20)[:, 1].tobytes()


def test_joints_that_are_not_placed_keep_their_activations(filtered_robot: Robot) -> None:
    simulation, other = Simulation(filtered_robot, 2), Simulation(filtered_robot, 2)
    for each in (simulation, other):
        wander(each, 1, 15)
    mask = np.zeros(simulation.positions.shape, bool)
    mask[0, filtered_robot.arm[1]] = True
    simulation.place(mask, np.full(mask.shape, -1.0), np.zeros(mask.shape))
    before, after = other.batch.bind("act"), simulation.batch.bind("act")
    assert after[0, 1] == -1.0 and before[0, 1] != -1.0
    np.testing.assert_array_equal(np.delete(after[0], 1), np.delete(before[0], 1))
    np.testing.assert_array_equal(after[1], before[1])


def test_an_activation_rests_within_the_control_range(write_arm: Callable[..., Path]) -> None:
    narrow = PAN.replace("/>", ' ctrlrange="-0.2 0.2" inheritrange="0"/>')
    robot = load_robot(str(write_arm("six_axis_arm", {**KINDS["filters"], PAN: narrow})))
    simulation = Simulation(robot, 1)
    simulation.place_arms(np.array([0]), robot.home + 0.5 * (np.arange(6) == 0))
    assert simulation.batch.bind("act")[0, 0] == 0.2
