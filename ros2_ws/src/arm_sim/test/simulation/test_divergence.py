"""An arm whose state diverges is found at once, reset and reported; the others notice nothing."""

from collections.abc import Callable

import numpy as np
import pytest
from mujoco.batch import Batch, SimulationError

from arm_sim.robot.robot import Robot
from arm_sim.simulation.divergence import Divergence
from arm_sim.simulation.simulation import Simulation

PERIOD = 0.05
PERIOD_NS = 50_000_000
ARMS = 16

Run = Callable[[Simulation, np.ndarray], np.ndarray]
Bad = tuple[str, float]


def spoil(simulation: Simulation, arm: int, bad: Bad) -> None:
    """Gives one joint of an arm a value that the physics can't bear."""
    what, value = bad
    mask = np.zeros(simulation.positions.shape, bool)
    mask[arm, 3] = True
    positions, velocities = simulation.positions.copy(), simulation.velocities.copy()
    (positions if what == "position" else velocities)[arm, 3] = value
    simulation.place(mask, positions, velocities)


BAD = [("velocity", 1e200), ("velocity", np.nan), ("position", np.inf), ("position", 2e10)]


@pytest.fixture(params=BAD, ids=lambda bad: f"{bad[0]} {bad[1]}")
def diverged(
    run: Run, request: pytest.FixtureRequest, robot: Robot, walk: np.ndarray
) -> tuple[Simulation, list[Divergence]]:
    """A simulation one of whose arms diverged in its 26th step, and what was reported."""
    simulation = Simulation(robot, ARMS, PERIOD)
    run(simulation, walk[:25])
    spoil(simulation, 4, request.param)
    return simulation, simulation.step(walk[25])


def test_a_diverging_arm_is_caught_on_that_very_step_with_its_history(
    robot: Robot,
    walk: np.ndarray,
    expected: np.ndarray,
    diverged: tuple[Simulation, list[Divergence]],
) -> None:
    simulation, (found,) = diverged
    joints = len(robot.joint_names)
    assert (found.arm, found.time_ns) == (4, 26 * PERIOD_NS) == (4, simulation.time_ns)
    assert found.positions.shape == found.velocities.shape == (20, joints)
    # Its last 20 steps: 19 good ones, as they were, then the bad one.
    np.testing.assert_array_equal(found.positions[:-1], expected[6:25, 4, :joints])
    np.testing.assert_array_equal(found.velocities[:-1], expected[6:25, 4, joints : 2 * joints])
    np.testing.assert_array_equal(found.commands, walk[6:26, 4])
    last = np.abs([found.positions[-1], found.velocities[-1]])
    assert not (last < 1e10).all()


def test_a_diverged_arm_is_back_home_and_goes_on_as_new(
    run: Run, robot: Robot, walk: np.ndarray, diverged: tuple[Simulation, list[Divergence]]
) -> None:
    simulation, _ = diverged
    np.testing.assert_array_equal(simulation.positions[4], robot.home)
    np.testing.assert_array_equal(simulation.velocities[4], 0.0)
    np.testing.assert_array_equal(simulation.commands[4], robot.home[robot.command_indices])
    fresh = run(Simulation(robot, 1, PERIOD), walk[:10, [4]])
    assert run(simulation, walk[:10])[:, [4]].tobytes() == fresh.tobytes()


def test_the_other_arms_notice_nothing(
    run: Run, walk: np.ndarray, expected: np.ndarray, diverged: tuple[Simulation, list[Divergence]]
) -> None:
    simulation, _ = diverged
    others = [arm for arm in range(ARMS) if arm != 4]
    now = np.concatenate([simulation.positions, simulation.velocities, simulation.efforts], 1)
    assert now[others].tobytes() == expected[25, others].tobytes()
    rest = run(simulation, walk[26:])
    assert rest[:, others].tobytes() == expected[26:, others].tobytes()


def test_several_arms_may_diverge_at_once(robot: Robot) -> None:
    simulation = Simulation(robot, 3, PERIOD)
    spoil(simulation, 0, BAD[0])
    spoil(simulation, 2, BAD[1])
    found = simulation.step(simulation.commands)
    assert [divergence.arm for divergence in found] == [0, 2]
    assert [len(divergence.positions) for divergence in found] == [1, 1]
    assert simulation.step(simulation.commands) == []


class Raising:
    """A batch in which MuJoCo raises an error for one arm, which then stays where it was."""

    def __init__(self, batch: Batch, arm: int) -> None:
        self._batch, self._arm = batch, arm

    def step(self, nstep: int) -> None:
        raise SimulationError(np.array([self._arm]), "out of memory")

    def __getattr__(self, name: str) -> object:
        return getattr(self._batch, name)


def test_an_arm_for_which_mujoco_raises_is_set_home_and_reported(robot: Robot) -> None:
    simulation = Simulation(robot, 3, PERIOD)
    simulation.place_arms(np.arange(3), np.tile(robot.home + 0.01, (3, 1)))
    simulation.batch = Raising(simulation.batch, 1)
    (found,) = simulation.step(simulation.commands)
    assert (found.arm, found.time_ns) == (1, PERIOD_NS)
    np.testing.assert_array_equal(found.positions, [robot.home + 0.01])
    np.testing.assert_array_equal(simulation.positions[1], robot.home)
    np.testing.assert_array_equal(simulation.positions[[0, 2]], [robot.home + 0.01] * 2)
