"""Observations are delayed by the latency; success is judged by the present state."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arm_sim.common.arrays import Floats, Ints
from arm_sim.robot.kinematics import Kinematics
from arm_sim.robot.robot import Robot
from arm_trainer.backends.backend import BatchState
from arm_trainer.backends.in_process import InProcessBackend
from arm_trainer.envs.batch_env import BatchEnv, StepResult
from arm_trainer.envs.observation_latency import ObservationLatency
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.tasks.reach import Reach, ReachConfig
from arm_trainer.tasks.seeding import training_generator

T = 0.05
JOINTS = 2


def states(arms: int, count: int = 30) -> Floats:
    """(count, N, 2 J) random positions and velocities."""
    return np.random.default_rng(0).normal(size=(count, arms, 2 * JOINTS))


def play(latencies: Floats, longest: float, taken: Floats) -> Floats:
    """(count, N, 2 J) what is seen at the start and after each state that is taken."""
    arms = len(latencies)
    latency = ObservationLatency(arms, JOINTS, T, longest)
    latency.start(np.arange(arms), latencies, taken[0, :, :JOINTS], taken[0, :, JOINTS:])
    seen = [np.concatenate(latency.seen(), axis=1)]
    for state in taken[1:]:
        latency.take(state[:, :JOINTS], state[:, JOINTS:])
        seen.append(np.concatenate(latency.seen(), axis=1))
    return np.array(seen)


def late(taken: Floats, periods: int) -> Floats:
    """The same a whole number of periods later; before the first, the first."""
    return taken[np.maximum(np.arange(len(taken)) - periods, 0)]


def test_without_latency_everything_is_seen_as_it_is() -> None:
    taken = states(3)
    np.testing.assert_array_equal(play(np.zeros(3), 0.2, taken), taken)


@pytest.mark.parametrize("periods", range(7))
def test_whole_periods_are_exact(periods: int) -> None:
    taken = states(2)
    seen = play(np.full(2, periods * T), 6 * T, taken)
    np.testing.assert_allclose(seen, late(taken, periods), rtol=0, atol=1e-12)


@given(periods=st.integers(0, 5), part=st.floats(0, 1))
def test_between_periods_it_is_interpolated(periods: int, part: float) -> None:
    taken = states(1)
    seen = play(np.array([(periods + part) * T]), 6 * T, taken)
    expected = (1 - part) * late(taken, periods) + part * late(taken, periods + 1)
    np.testing.assert_allclose(seen, expected, rtol=0, atol=1e-12)


def test_every_arm_has_its_own() -> None:
    latencies = np.array([0.0, 0.12, 0.05, 0.2])
    taken = states(4)
    seen = play(latencies, 0.2, taken)
    for arm, latency in enumerate(latencies):
        alone = play(latencies[[arm]], latency + 0.01, taken[:, [arm]])
        np.testing.assert_array_equal(seen[:, [arm]], alone)


def test_a_start_forgets_what_was_and_leaves_the_other_arms_alone() -> None:
    taken = states(2)
    latency = ObservationLatency(2, JOINTS, T, 0.2)
    latency.start(np.arange(2), np.full(2, 0.15), taken[0, :, :JOINTS], taken[0, :, JOINTS:])
    for state in taken[1:10]:
        latency.take(state[:, :JOINTS], state[:, JOINTS:])
    other = np.concatenate(latency.seen(), axis=1)[1]
    began = taken[20]
    latency.start(np.array([0]), np.array([0.1]), began[:, :JOINTS], began[:, JOINTS:])
    seen = np.concatenate(latency.seen(), axis=1)
    np.testing.assert_allclose(seen[0], began[0], rtol=0, atol=1e-12)
    np.testing.assert_array_equal(seen[1], other)
    # At 0.1 s the new start is seen for two more periods.
    for taken_now, expected in zip(taken[21:24], [began, began, taken[21]], strict=True):
        latency.take(taken_now[:, :JOINTS], taken_now[:, JOINTS:])
        seen = np.concatenate(latency.seen(), axis=1)
        np.testing.assert_allclose(seen[0], expected[0], rtol=0, atol=1e-12)


class Recorder(InProcessBackend):
    """Remembers every state."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.states: list[BatchState] = []

    def reset(self, arms: Ints, positions: Floats) -> BatchState:
        self.states.append(super().reset(arms, positions))
        return self.states[-1]

    def step(self, commands: Floats) -> BatchState:
        self.states.append(super().step(commands))
        return self.states[-1]


def episodes(
    interface: PolicyInterface,
    arms: int = 2,
    latencies: tuple[float, float] | None = None,
    seed: int = 0,
) -> tuple[BatchEnv, Recorder]:
    backend = Recorder(interface.robot, arms, interface.control_period, 1)
    made = BatchEnv(interface, backend, latencies)
    made.seed(training_generator(seed))
    made.reset(np.arange(arms))
    return made, backend


def act(made: BatchEnv, periods: int) -> list[StepResult]:
    random = np.random.default_rng(1)
    shape = (made.num_arms, len(made.interface.action.outputs))
    return [made.step(random.uniform(-1, 1, shape)) for _ in range(periods)]


def test_the_observation_is_late_but_for_how_far_targets_lead(interface: PolicyInterface) -> None:
    made, backend = episodes(interface, latencies=(0.1, 0.1))
    robot, kinematics = interface.robot, Kinematics(interface.robot, 2)
    act(made, 12)
    was = backend.states[-3]
    tool = kinematics.tool_positions(was.positions)
    state = interface.state(was.positions, was.velocities, tool, made._shield.targets)
    expected = interface.observation(state)
    np.testing.assert_allclose(made.observations, expected, rtol=0, atol=1e-6)
    # Where the target is told, and is not moved by being late.
    np.testing.assert_array_equal(made.state.goal, backend.states[-1].positions[:, robot.target])


def test_distance_reward_and_success_are_of_now(interface: PolicyInterface, robot: Robot) -> None:
    easy = PolicyInterface(Reach(robot, ReachConfig(tolerance=0.3, hold_periods=3)))
    made, backend = episodes(easy, latencies=(0.2, 0.2))
    kinematics = Kinematics(robot, 2)
    results = act(made, 20)
    for result, state in zip(results, backend.states[1:], strict=True):
        tool = kinematics.tool_positions(state.positions)
        now = np.linalg.norm(state.positions[:, robot.target] - tool, axis=1)
        np.testing.assert_array_equal(result.metrics["distance"], now)
    held = np.zeros(2, int)
    for result in results:
        held = np.where(result.metrics["distance"] < 0.3, held + 1, 0)
        np.testing.assert_array_equal(result.terminated, held >= 3)
    assert any(result.terminated.any() for result in results)
    assert not all(result.terminated.all() for result in results[3:])


class Nearing(Recorder):
    """Arms that stay; the target is 1 m from the tool, and from the fourth period on at it."""

    def step(self, commands: Floats) -> BatchState:
        self.commands = [*getattr(self, "commands", []), commands]
        return self._with_target(BatchState(0, *self._still()), len(self.commands) < 4)

    def reset(self, arms: Ints, positions: Floats) -> BatchState:
        return self._with_target(BatchState(0, *self._still()), True)

    def _still(self) -> tuple[Floats, Floats]:
        positions = np.tile(self.robot.home, (self.num_arms, 1))
        return positions, np.zeros_like(positions)

    def _with_target(self, state: BatchState, far: bool) -> BatchState:
        tool = Kinematics(self.robot, self.num_arms).tool_positions(state.positions)
        state.positions[:, self.robot.target] = tool + far
        return state


def test_success_needs_no_waiting_and_the_gripper_closes_when_it_is_seen(robot: Robot) -> None:
    interface = PolicyInterface(Reach(robot, ReachConfig(hold_periods=2)))
    backend = Nearing(robot, 1, T, 1)
    made = BatchEnv(interface, backend, (0.1, 0.1))
    made.seed(training_generator(0))
    made.reset(np.array([0]))
    ended = [bool(made.step(np.zeros((1, 3))).terminated[0]) for _ in range(8)]
    assert ended.index(True) == 4  # It is there in periods 3 and 4.
    openings = [command[0, 7] for command in backend.commands]
    # Seen two periods after it is so, and commanded in the next.
    assert openings == [0.05] * 6 + [0.0] * 2


def test_a_setting_draws_every_episode_a_latency_and_an_argument_goes_before(
    robot: Robot,
) -> None:
    interface = PolicyInterface(Reach(robot, ReachConfig(latency=0.2)))
    made, _ = episodes(interface, arms=200)
    assert made._latency is not None
    drawn = made._latency._delays * T
    assert (drawn >= 0).all() and (drawn <= 0.2).all()
    assert drawn.min() < 0.02 and drawn.max() > 0.18
    made.reset(np.array([3]))
    again = made._latency._delays * T
    assert again[3] != drawn[3]
    np.testing.assert_array_equal(np.delete(again, 3), np.delete(drawn, 3))
    fixed, _ = episodes(interface, arms=3, latencies=(0.15, 0.15))
    assert fixed._latency is not None
    np.testing.assert_allclose(fixed._latency._delays * T, 0.15)
    none, _ = episodes(interface, latencies=(0.0, 0.0))
    assert none._latency is None


def rollout(made: BatchEnv) -> bytes:
    seen = [made.observations]
    for result in act(made, 20):
        seen += [result.observations, result.rewards, result.metrics["distance"]]
    made.reset(np.array([1]))
    seen.append(made.observations)
    return b"".join(array.tobytes() for array in seen)


def test_equal_seeds_are_equal_bits_with_latency_too(
    robot: Robot, interface: PolicyInterface
) -> None:
    late = PolicyInterface(Reach(robot, ReachConfig(latency=0.2)))
    one, other, third = (episodes(late, seed=seed)[0] for seed in (0, 0, 1))
    expected = rollout(one)
    assert rollout(other) == expected
    assert rollout(third) != expected
    assert rollout(episodes(interface)[0]) != expected


def test_no_latency_draws_nothing_from_the_generator(interface: PolicyInterface) -> None:
    def starts(latencies: tuple[float, float]) -> list[bytes]:
        made, backend = episodes(interface, latencies=latencies)
        # Enough that candidates are drawn anew, from where the generator then is.
        for _ in range(300):
            made.reset(np.array([0]))
        return [state.positions.tobytes() for state in backend.states]

    random = training_generator(0)
    draws = interface.task.starts(random)
    expected = [next(draws) for _ in range(302)]
    made, backend = episodes(interface, latencies=(0.0, 0.0))
    for _ in range(300):
        made.reset(np.array([0]))
    np.testing.assert_array_equal(backend.states[-1].positions[0], expected[-1])
    assert made._random.bit_generator.state == random.bit_generator.state
    assert starts((0.0, 0.1)) != starts((0.0, 0.0))
