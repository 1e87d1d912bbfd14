"""Equal commands give equal bits, and placing forgets the past."""

from collections.abc import Callable

import mujoco
import numpy as np
import pytest

from arm_sim.common.errors import UserError
from arm_sim.robot.robot import Robot
from arm_sim.simulation.simulation import Simulation

PERIOD = 0.05
PERIOD_NS = 50_000_000
ARMS = 16

Run = Callable[[Simulation, np.ndarray], np.ndarray]


def place(
    simulation: Simulation, arms: list[int], positions: np.ndarray, speed: float | np.ndarray
) -> None:
    """Places all joints of some arms."""
    mask = np.zeros(simulation.positions.shape, bool)
    mask[arms] = True
    wanted = np.full(mask.shape, np.nan)
    wanted[arms] = positions
    simulation.place(mask, wanted, np.full(mask.shape, speed))


def test_the_test_touches_the_table(robot: Robot, expected: np.ndarray) -> None:
    # Without contacts the solver has nothing to do, and the tests below would say little.
    data = mujoco.MjData(robot.model)
    for seen in expected[[30, -1], 0]:
        data.qpos[:] = seen[: len(robot.joint_names)]
        mujoco.mj_forward(robot.model, data)
        assert data.ncon > 0
    assert np.ptp(expected[-1], axis=0).max() > 0.1


@pytest.mark.parametrize("threads", [0, 2, 5])
def test_threads_do_not_change_a_bit(
    run: Run, robot: Robot, walk: np.ndarray, expected: np.ndarray, threads: int
) -> None:
    found = run(Simulation(robot, ARMS, PERIOD, threads), walk)
    assert found.tobytes() == expected.tobytes()


@pytest.mark.parametrize("arm", [0, 7, 15])
def test_one_arm_goes_as_it_would_among_many(
    run: Run, robot: Robot, walk: np.ndarray, expected: np.ndarray, arm: int
) -> None:
    alone = run(Simulation(robot, 1, PERIOD), walk[:, [arm]])
    assert alone.tobytes() == expected[:, [arm]].tobytes()


def test_substeps_add_up_to_a_step(robot: Robot, walk: np.ndarray, expected: np.ndarray) -> None:
    simulation = Simulation(robot, ARMS, PERIOD)
    for targets in walk:
        simulation.set_commands(targets)
        for _ in range(10):
            simulation.advance(1)
    joints = len(robot.joint_names)
    np.testing.assert_array_equal(simulation.positions, expected[-1, :, :joints])
    assert simulation.time_ns == len(walk) * PERIOD_NS


def test_time_only_grows_and_by_whole_periods(robot: Robot) -> None:
    simulation = Simulation(robot, 1, PERIOD)
    assert simulation.time_ns == 0
    for count in range(1, 4):
        simulation.step(simulation.commands)
        assert simulation.time_ns == count * PERIOD_NS
    place(simulation, [0], robot.home, 0.0)
    assert simulation.time_ns == 3 * PERIOD_NS
    simulation.skip_period()
    assert simulation.time_ns == 4 * PERIOD_NS


def test_every_arm_starts_at_home_and_holds(run: Run, robot: Robot) -> None:
    simulation = Simulation(robot, 3, PERIOD)
    np.testing.assert_array_equal(simulation.positions, np.tile(robot.home, (3, 1)))
    np.testing.assert_array_equal(simulation.commands[1], robot.home[robot.command_indices])
    run(simulation, np.tile(simulation.commands, (40, 1, 1)))
    np.testing.assert_allclose(simulation.positions[2], robot.home, rtol=0, atol=1e-3)


@pytest.mark.parametrize("steps", [1, 25, 40])
def test_placing_forgets_what_happened_before(
    run: Run, robot: Robot, walk: np.ndarray, expected: np.ndarray, steps: int
) -> None:
    # While the first arm leans on the table, so that the solver has something to remember.
    joints = len(robot.joint_names)
    positions, velocities = expected[30, :, :joints], expected[30, :, joints : 2 * joints]
    fresh, used = Simulation(robot, ARMS, PERIOD), Simulation(robot, ARMS, PERIOD)
    run(used, walk[:steps])
    for simulation in (fresh, used):
        place(simulation, list(range(ARMS)), positions, velocities)
    assert run(used, walk[31:]).tobytes() == run(fresh, walk[31:]).tobytes()


def test_placing_gives_velocities(robot: Robot) -> None:
    simulation = Simulation(robot, 2, PERIOD)
    place(simulation, [1], robot.home, 0.25)
    np.testing.assert_array_equal(simulation.velocities[0], 0.0)
    np.testing.assert_array_equal(simulation.velocities[1], 0.25)


def test_a_placed_arm_holds(run: Run, robot: Robot) -> None:
    simulation = Simulation(robot, 2, PERIOD)
    pose = robot.home.copy()
    pose[robot.arm] += (0.4, 0.2, -0.5, -0.4, 0.7, -0.3, 1.0)
    pose[robot.gripper] = 0.02
    place(simulation, [1], pose, 0.0)
    np.testing.assert_array_equal(simulation.commands[1], pose[robot.command_indices])
    run(simulation, np.tile(simulation.commands, (40, 1, 1)))
    np.testing.assert_allclose(simulation.positions[1], pose, rtol=0, atol=2e-3)


def test_arms_not_placed_are_untouched(
    run: Run, robot: Robot, walk: np.ndarray, expected: np.ndarray
) -> None:
    simulation = Simulation(robot, ARMS, PERIOD)
    run(simulation, walk[:20])
    others = [arm for arm in range(ARMS) if arm not in (1, 3)]
    before = simulation.positions.copy(), simulation.velocities.copy(), simulation.commands
    place(simulation, [1, 3], robot.home, 1.0)
    after = simulation.positions, simulation.velocities, simulation.commands
    for was, now in zip(before, after, strict=True):
        np.testing.assert_array_equal(now[others], was[others])
    np.testing.assert_array_equal(simulation.positions[[1, 3]], np.tile(robot.home, (2, 1)))
    rest = run(simulation, walk[20:])
    assert rest[:, others].tobytes() == expected[20:, others].tobytes()
    assert not (rest[0, [1, 3]] == expected[20, [1, 3]]).all()


def test_joints_not_placed_are_untouched(run: Run, robot: Robot, walk: np.ndarray) -> None:
    simulation = Simulation(robot, ARMS, PERIOD)
    run(simulation, walk[:20])
    before = simulation.positions.copy(), simulation.velocities.copy(), simulation.commands
    mask = np.zeros(simulation.positions.shape, bool)
    mask[2, robot.arm[3]] = True
    simulation.place(mask, np.full(mask.shape, 0.9), np.full(mask.shape, 0.1))
    assert (simulation.positions[mask] == 0.9).all() and (simulation.velocities[mask] == 0.1).all()
    np.testing.assert_array_equal(simulation.positions[~mask], before[0][~mask])
    np.testing.assert_array_equal(simulation.velocities[~mask], before[1][~mask])
    # The placed elbow is told to stay.
    told = before[2].copy()
    told[2, 3] = 0.9
    np.testing.assert_array_equal(simulation.commands, told)


def test_a_step_leads_to_the_commanded_positions(run: Run, robot: Robot) -> None:
    simulation = Simulation(robot, 1, PERIOD)
    commands = simulation.commands
    commands[0] += (0.3, 0.1, -0.4, -0.3, 0.5, -0.2, 0.6, -0.03, -0.02)
    run(simulation, np.tile(commands, (60, 1, 1)))
    reached = simulation.positions[:, robot.command_indices]
    np.testing.assert_allclose(reached, commands, rtol=0, atol=5e-3)
    np.testing.assert_allclose(simulation.velocities, 0.0, atol=1e-2)


def test_efforts_stay_within_the_published_ones(robot: Robot, expected: np.ndarray) -> None:
    efforts = np.abs(expected[:, :, 2 * len(robot.joint_names) :])
    largest = robot.model.actuator_forcerange[robot.actuators, 1]
    assert (efforts[:, :, robot.command_indices] <= largest).all()
    assert (efforts[:, :, robot.arm].max(axis=(0, 1)) > 0).all()


@pytest.mark.parametrize("num_arms", [0, -3])
def test_there_is_at_least_one_arm(robot: Robot, num_arms: int) -> None:
    with pytest.raises(UserError, match=f"num_arms is {num_arms}; it must be at least 1"):
        Simulation(robot, num_arms)


@pytest.mark.parametrize("period", [0.0, -0.05, 0.001, 0.0333, 0.052])
def test_the_control_period_is_a_multiple_of_the_timestep(robot: Robot, period: float) -> None:
    with pytest.raises(UserError, match=f"period is {period} s; .* timestep, 0.005 s"):
        Simulation(robot, 1, period)


@pytest.mark.parametrize(
    "arguments", [{"control_period": np.nan}, {"control_period": np.inf}, {"threads": -1}], ids=str
)
def test_other_arguments_out_of_range_are_one_sentence_too(
    robot: Robot, arguments: dict[str, float]
) -> None:
    with pytest.raises(UserError):
        Simulation(robot, 2, **arguments)


def test_the_robots_own_model_is_left_as_it_is(robot: Robot) -> None:
    flags = int(robot.model.opt.disableflags)
    Simulation(robot, 1, PERIOD)
    assert int(robot.model.opt.disableflags) == flags
    assert not flags & int(mujoco.mjtDisableBit.mjDSBL_AUTORESET)
