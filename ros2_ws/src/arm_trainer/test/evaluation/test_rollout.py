"""Outcomes are those of exactly the episodes asked for, the same every time."""

import csv
import math
import pickle
from collections.abc import Callable

import numpy as np
import pytest

from arm_sim.common.arrays import Floats
from arm_sim.robot.robot import Robot
from arm_trainer.backends.backend import BatchState
from arm_trainer.backends.in_process import InProcessBackend
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.evaluation.outcomes import Outcomes, episodes_csv, seconds_or_dash
from arm_trainer.evaluation.rollout import run_episodes
from arm_trainer.evaluation.statistics import wilson_interval
from arm_trainer.tasks.reach import Reach, ReachConfig
from arm_trainer.tasks.seeding import evaluation_generator
from arm_trainer.tasks.start import Start, take_starts

MakeEpisodes = Callable[..., BatchEnv]
SHORT = {"max_periods": 8, "tolerance": 0.4, "hold_periods": 3}


def still(observations: np.ndarray) -> np.ndarray:
    return np.zeros((len(observations), 3), np.float32)


def busy(observations: np.ndarray) -> np.ndarray:
    return np.sin(10 * observations[:, 3:6]).astype(np.float32)


@pytest.mark.parametrize("count", [1, 4, 5, 11, 12])
def test_exactly_as_many_episodes_as_asked_for_are_counted(
    make_episodes: MakeEpisodes, count: int
) -> None:
    seen: list[tuple[int, int]] = []
    outcomes = run_episodes(
        make_episodes(4, **SHORT), busy, count, on_progress=lambda *state: seen.append(state)
    )
    for name in ("success", "periods", "returns", "smoothness", "energy"):
        assert getattr(outcomes, name).shape == (count,), name
    assert {name: values.shape for name, values in outcomes.metrics.items()} == {
        "distance": (count,)
    }
    assert outcomes.targets.shape == (count, 3)
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})
    assert seen[-1] == (count, int(outcomes.success.sum()))
    assert outcomes.interval == wilson_interval(int(outcomes.success.sum()), count)


def test_outcomes_are_the_same_twice_whatever_the_arms_did_before(
    make_episodes: MakeEpisodes,
) -> None:
    episodes = make_episodes(4, **SHORT)
    one = run_episodes(episodes, busy, 10)
    two = run_episodes(episodes, busy, 10)
    other = run_episodes(episodes, busy, 10, random=evaluation_generator(1))
    assert pickle.dumps(one) == pickle.dumps(two)
    assert not (one.targets == other.targets).all(axis=1).any()


def test_a_longer_evaluation_begins_with_the_shorter_one(make_episodes: MakeEpisodes) -> None:
    episodes = make_episodes(3, **SHORT)
    short, long = run_episodes(episodes, busy, 4), run_episodes(episodes, busy, 9)
    np.testing.assert_array_equal(short.targets, long.targets[:4])
    np.testing.assert_array_equal(short.success, long.success[:4])


def test_in_a_row_an_arm_goes_on_in_its_motion(make_episodes: MakeEpisodes) -> None:
    episodes = make_episodes(2, **SHORT)
    begin, go_on = episodes.begin, episodes.go_on
    begun: list[list[int]] = []
    went_on = []

    def recorded_begin(arms: np.ndarray, starts: Start) -> None:
        begun.append(arms.tolist())
        begin(arms, starts)

    def recorded_go_on(arms: np.ndarray, starts: Start) -> None:
        before = episodes.state
        go_on(arms, starts)
        after = episodes.state
        for name in ("positions", "velocities"):
            np.testing.assert_array_equal(getattr(after, name), getattr(before, name))
        np.testing.assert_array_equal(after.joint_targets, before.joint_targets)
        np.testing.assert_array_equal(after.goal[arms], starts.goal)
        assert (episodes.periods[arms] == 0).all()
        went_on.extend(arms.tolist())

    episodes.begin, episodes.go_on = recorded_begin, recorded_go_on  # type: ignore[method-assign]
    outcomes = run_episodes(episodes, busy, 12, in_a_row=True)
    assert begun == [[0, 1]]
    assert sorted(went_on) == 5 * [0] + 5 * [1]
    assert len(np.unique(outcomes.targets, axis=0)) == 12
    assert [len(row) for row in outcomes.rows] == [6, 6]


def test_a_new_goal_does_not_disturb_the_motion(make_episodes: MakeEpisodes, robot: Robot) -> None:
    """The policy ignores the goal, so the arms move as if there had been no new one."""
    moved = []
    for goals in (True, False):
        episodes = make_episodes(2, gripper_distance=0.0)
        episodes.reset(np.arange(2))
        for period in range(12):
            if goals and period == 6:
                drawn = episodes.interface.task.starts(np.random.default_rng(0))
                episodes.go_on(np.arange(2), take_starts(drawn, 2))
            episodes.step(busy(episodes.observations))
        moved.append(episodes.state.positions[:, robot.arm])
    np.testing.assert_allclose(*moved, atol=1e-4)


@pytest.mark.parametrize("in_a_row", [False, True])
def test_an_arms_targets_do_not_depend_on_what_a_policy_does(
    make_episodes: MakeEpisodes, in_a_row: bool
) -> None:
    episodes = make_episodes(3, **SHORT)
    one, two = (run_episodes(episodes, act, 10, in_a_row=in_a_row) for act in (busy, still))
    np.testing.assert_array_equal(one.targets, two.targets)
    assert one.success.tolist() != two.success.tolist()


def test_fresh_episodes_do_not_depend_on_the_number_of_arms(make_episodes: MakeEpisodes) -> None:
    few, many = (run_episodes(make_episodes(arms, **SHORT), still, 7) for arms in (2, 7))
    np.testing.assert_array_equal(few.success, many.success)
    np.testing.assert_array_equal(few.metrics["distance"], many.metrics["distance"])


def test_targets_are_the_evaluations(make_episodes: MakeEpisodes) -> None:
    episodes = make_episodes(4, **SHORT)
    starts = episodes.interface.task.starts(evaluation_generator(6))
    expected = take_starts(starts, 8).goal
    np.testing.assert_array_equal(
        run_episodes(episodes, busy, 8, random=evaluation_generator(6)).targets, expected
    )


class Noting(InProcessBackend):
    """Notes every state."""

    states: list[BatchState]

    def reset(self, arms: np.ndarray, starts: Start) -> BatchState:
        self.states = []
        return super().reset(arms, starts)

    def step(self, commands: Floats) -> BatchState:
        self.states.append(super().step(commands))
        return self.states[-1]


@pytest.fixture
def evaluated(robot: Robot) -> tuple[Outcomes, Noting, PolicyInterface]:
    """An evaluation of six arms at once, so that all its states are noted."""
    interface = PolicyInterface(Reach(robot, ReachConfig(**SHORT)))
    backend = Noting(robot, 6, 0.05, threads=1)
    return run_episodes(BatchEnv(interface, backend), busy, 6), backend, interface


def test_the_outcomes_are_those_of_each_arms_own_episode(
    robot: Robot, evaluated: tuple[Outcomes, Noting, PolicyInterface]
) -> None:
    outcomes, _, interface = evaluated
    alone = BatchEnv(interface, InProcessBackend(robot, 6, 0.05))
    alone.seed(evaluation_generator(0))
    alone.reset(np.arange(6))
    returns, changes = np.zeros(6), np.zeros(6)
    before = still(alone.observations)
    for period in range(1, 9):
        actions = busy(alone.observations)
        running = outcomes.periods >= period
        result = alone.step(actions)
        returns += running * result.rewards
        changes += running * np.abs(actions - before).mean(axis=1)
        before = actions
        for arm in np.flatnonzero(outcomes.periods == period):
            assert result.terminated[arm] == outcomes.success[arm]
            assert result.terminated[arm] or result.truncated[arm]
            assert result.metrics["distance"][arm] == outcomes.metrics["distance"][arm]
        assert not (result.terminated | result.truncated)[outcomes.periods > period].any()
    np.testing.assert_allclose(outcomes.returns, returns, rtol=1e-12)
    np.testing.assert_allclose(outcomes.smoothness, changes / outcomes.periods, rtol=1e-6)
    assert 0 < outcomes.success.sum() < 6


def test_energy_is_squared_speed_times_time(
    robot: Robot, evaluated: tuple[Outcomes, Noting, PolicyInterface]
) -> None:
    outcomes, backend, _ = evaluated
    speeds = np.array([state.velocities[:, robot.arm] for state in backend.states])
    for arm in range(6):
        expected = np.square(speeds[: outcomes.periods[arm], arm]).sum() * 0.05
        assert outcomes.energy[arm] == pytest.approx(expected, rel=1e-5)


def test_moving_evenly_is_smooth(make_episodes: MakeEpisodes) -> None:
    episodes = make_episodes(2, max_periods=8, tolerance=1e-9)
    assert (run_episodes(episodes, still, 2).smoothness == 0).all()
    steady = run_episodes(episodes, lambda o: np.full((len(o), 3), 0.8, np.float32), 2)
    jerky = run_episodes(episodes, busy, 2)
    assert (steady.smoothness < jerky.smoothness).all()


def test_time_to_reach_is_that_of_the_successes(
    evaluated: tuple[Outcomes, Noting, PolicyInterface], make_episodes: MakeEpisodes
) -> None:
    outcomes, _, _ = evaluated
    expected = outcomes.periods[outcomes.success].mean() * 0.05
    assert outcomes.time_to_reach == pytest.approx(expected)
    never = run_episodes(make_episodes(2, max_periods=3, hold_periods=3, tolerance=1e-9), still, 2)
    assert math.isnan(never.time_to_reach)
    assert never.interval.rate == 0.0
    assert never.periods.tolist() == [3, 3]


def test_every_episode_has_its_row(evaluated: tuple[Outcomes, Noting, PolicyInterface]) -> None:
    outcomes, _, _ = evaluated
    rows = list(csv.DictReader(episodes_csv(outcomes).splitlines()))
    assert [int(row["episode"]) for row in rows] == list(range(6))
    assert [int(row["arm"]) for row in rows] == list(range(6))
    assert [row["success"] == "1" for row in rows] == outcomes.success.tolist()
    for column, values in {
        "time": outcomes.periods * 0.05,
        "final_distance": outcomes.metrics["distance"],
        "return": outcomes.returns,
        "smoothness": outcomes.smoothness,
        "energy": outcomes.energy,
        "target_x": outcomes.targets[:, 0],
        "target_z": outcomes.targets[:, 2],
    }.items():
        np.testing.assert_allclose([float(row[column]) for row in rows], values, atol=1e-6)


def test_where_nothing_succeeded_the_time_is_a_dash() -> None:
    assert seconds_or_dash(math.nan) == "–"
    assert seconds_or_dash(0.724) == "0.72 s"
