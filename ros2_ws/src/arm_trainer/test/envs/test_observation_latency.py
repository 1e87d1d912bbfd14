"""Observations are delayed by the latency; success is judged by the present state."""

import dataclasses
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
from arm_trainer.tasks.start import Start, take_starts
from support.states import resting

T = 0.05
JOINTS = 2
# Numbers of a state: positions and velocities of two joints, pose and velocities of an object.
NUMBERS = 2 * JOINTS + 13


def states(arms: int, count: int = 30) -> Floats:
    """(count, N, NUMBERS) random states, as `rows_of` gives them."""
    drawn = np.random.default_rng(0).normal(size=(count, arms, NUMBERS))
    drawn[..., 7:11] = 0.0
    return drawn


def state_of(rows: Floats) -> BatchState:
    """The state of which `rows` (N, NUMBERS) has the numbers; the object is not turned."""
    positions, velocities, objects, object_velocities = np.split(rows, [2, 4, 11], axis=1)
    objects = np.concatenate([objects[:, :3], np.tile([0.0, 0.0, 0.0, 1.0], (len(rows), 1))], 1)
    return BatchState(0, positions, velocities, objects[:, None], object_velocities[:, None])


def rows_of(state: BatchState) -> Floats:
    """(N, NUMBERS) numbers of a state, with 0 instead of the object's rotation."""
    assert (state.objects[..., 3:] == [0.0, 0.0, 0.0, 1.0]).all()
    place, velocity = state.objects[:, 0, :3], state.object_velocities[:, 0]
    turn = np.zeros((len(place), 4))
    return np.concatenate([state.positions, state.velocities, place, turn, velocity], axis=1)


def play(latencies: Floats, longest: float, taken: Floats) -> Floats:
    """(count, N, NUMBERS) what is seen at the start and after each state that is taken."""
    first = state_of(taken[0])
    latency = ObservationLatency(first, T, longest)
    latency.start(np.arange(len(latencies)), latencies, first)
    seen = [rows_of(latency.seen())]
    for rows in taken[1:]:
        latency.take(state_of(rows))
        seen.append(rows_of(latency.seen()))
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
    latency = ObservationLatency(state_of(taken[0]), T, 0.2)
    latency.start(np.arange(2), np.full(2, 0.15), state_of(taken[0]))
    for rows in taken[1:10]:
        latency.take(state_of(rows))
    other = rows_of(latency.seen())[1]
    began = taken[20]
    latency.start(np.array([0]), np.array([0.1]), state_of(began))
    seen = rows_of(latency.seen())
    np.testing.assert_allclose(seen[0], began[0], rtol=0, atol=1e-12)
    np.testing.assert_array_equal(seen[1], other)
    # At 0.1 s the new start is seen for two more periods.
    for taken_now, expected in zip(taken[21:24], [began, began, taken[21]], strict=True):
        latency.take(state_of(taken_now))
        seen = rows_of(latency.seen())
        np.testing.assert_allclose(seen[0], expected[0], rtol=0, atol=1e-12)


def test_what_is_seen_between_two_rotations_is_a_rotation() -> None:
    state = state_of(states(1)[0])
    half = np.sqrt(0.5)
    turned = dataclasses.replace(state, objects=state.objects.copy())
    turned.objects[0, 0, 3:] = (0.0, 0.0, half, half)
    latency = ObservationLatency(state, T, 0.1)
    latency.start(np.array([0]), np.array([0.5 * T]), state)
    latency.take(turned)
    seen = latency.seen().objects[0, 0, 3:]
    expected = (0.0, 0.0, np.sin(np.pi / 8), np.cos(np.pi / 8))  # A quarter turn, half of it.
    np.testing.assert_allclose(seen, expected, rtol=0, atol=1e-12)


class Recorder(InProcessBackend):
    """Remembers every state."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.states: list[BatchState] = []

    def reset(self, arms: Ints, starts: Start) -> BatchState:
        self.states.append(super().reset(arms, starts))
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
    goals = made.state.goal.copy()
    act(made, 12)
    shield = made._shield
    state = interface.state(backend.states[-3], goals, shield.targets, shield.gripper.openings)
    expected = interface.observation(state)
    np.testing.assert_allclose(made.observations, expected, rtol=0, atol=1e-6)
    # Where the goal is told, and is not moved by being late.
    np.testing.assert_array_equal(made.state.goal, goals)


def test_distance_reward_and_success_are_of_now(interface: PolicyInterface, robot: Robot) -> None:
    easy = PolicyInterface(Reach(robot, ReachConfig(tolerance=0.3, hold_periods=3)))
    made, backend = episodes(easy, latencies=(0.2, 0.2))
    kinematics = Kinematics(robot, 2)
    results = act(made, 20)
    for result, state in zip(results, backend.states[1:], strict=True):
        tool = kinematics.tool_positions(state.positions)
        now = np.linalg.norm(made.state.goal - tool, axis=1)
        np.testing.assert_array_equal(result.metrics["distance"], now)
    held = np.zeros(2, int)
    for result in results:
        held = np.where(result.metrics["distance"] < 0.3, held + 1, 0)
        np.testing.assert_array_equal(result.terminated, held >= 3)
    assert any(result.terminated.any() for result in results)
    assert not all(result.terminated.all() for result in results[3:])


class Nearing(Recorder):
    """An arm that stays away from home, and from the fourth period on is at home."""

    def step(self, commands: Floats) -> BatchState:
        self.commands = [*getattr(self, "commands", []), commands]
        return self._state(at_home=len(self.commands) >= 4)

    def reset(self, arms: Ints, starts: Start) -> BatchState:
        return self._state(at_home=False)

    def _state(self, at_home: bool) -> BatchState:
        positions = self.robot.home.copy()
        positions[self.robot.arm[0]] += 0.0 if at_home else 1.0
        return resting(self.robot, positions)


def test_success_needs_no_waiting_and_the_gripper_closes_when_it_is_seen(robot: Robot) -> None:
    interface = PolicyInterface(Reach(robot, ReachConfig(hold_periods=2)))
    backend = Nearing(robot, 1, T, 1)
    made = BatchEnv(interface, backend, (0.1, 0.1))
    goal = Kinematics(robot, 1).tool_positions(robot.home[None])
    made.begin(np.array([0]), Start(robot.home[None], goal, robot.object_home[None]))
    ended = [bool(made.step(np.zeros((1, 3))).terminated[0]) for _ in range(8)]
    assert ended.index(True) == 4  # It is there in periods 3 and 4.
    openings = np.array([command[0, 7] for command in backend.commands])
    # Seen two periods after it is so, and commanded in the next.
    assert (openings[:6] == 0.05).all() and openings[7] < openings[6] < 0.05


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
    expected = take_starts(draws, 302).positions
    made, backend = episodes(interface, latencies=(0.0, 0.0))
    for _ in range(300):
        made.reset(np.array([0]))
    np.testing.assert_array_equal(backend.states[-1].positions[0], expected[-1])
    assert made._random.bit_generator.state == random.bit_generator.state
    assert starts((0.0, 0.1)) != starts((0.0, 0.0))
