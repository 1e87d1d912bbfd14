"""An episode succeeds once the target was held long enough, is cut off when late, and repeats."""

from collections.abc import Callable

import numpy as np
import pytest

from arm_sim.common.arrays import Floats, Ints
from arm_sim.robot.kinematics import Kinematics
from arm_sim.robot.robot import Robot
from arm_trainer.actions.action import Action
from arm_trainer.actions.joint_increments import JointIncrements
from arm_trainer.actions.tool_increments import ToolIncrements
from arm_trainer.backends.backend import BatchState
from arm_trainer.backends.in_process import InProcessBackend
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.tasks.reach import Reach, ReachConfig
from arm_trainer.tasks.seeding import training_generator
from arm_trainer.tasks.start import Start
from support.states import start_at

IN, OUT = 0.01, 0.03  # The tolerance is 0.02 m.


class Scripted:
    """Arms that never move; in period t the goal of arm n is `distances[t, n]` from the tool."""

    episodes: BatchEnv

    def __init__(self, robot: Robot, distances: list[list[float]]) -> None:
        self.robot, self.control_period = robot, 0.05
        self.distances = np.array(distances)
        self.num_arms = self.distances.shape[1]
        self.commands: list[Floats] = []
        self.resets: list[tuple[list[int], Start]] = []
        self._tool = Kinematics(robot, 1).tool_positions(robot.home[None])[0]

    def reset(self, arms: Ints, starts: Start) -> BatchState:
        self.resets.append((arms.tolist(), starts))
        placed = self._state(np.full(self.num_arms, 1.0))
        placed.positions[np.ix_(arms, self.robot.arm)] = starts.positions[:, self.robot.arm]
        return placed

    def step(self, commands: Floats) -> BatchState:
        self.commands.append(commands)
        return self._state(self.distances[len(self.commands) - 1])

    def close(self) -> None:
        pass

    def _state(self, distances: Floats) -> BatchState:
        self.episodes._goals = self._tool + distances[:, None] * [0.0, 0.0, 1.0]
        return BatchState.at_home(self.robot, self.num_arms)


Play = Callable[..., tuple[BatchEnv, Scripted]]


@pytest.fixture
def play(robot: Robot) -> Play:
    """Begins episodes of scripted arms."""

    def begin(
        distances: list[list[float]], action: type[Action] = ToolIncrements, **reach: float
    ) -> tuple[BatchEnv, Scripted]:
        backend = Scripted(robot, distances)
        interface = PolicyInterface(Reach(robot, ReachConfig(**reach)), action)
        backend.episodes = episodes = BatchEnv(interface, backend)
        episodes.seed(training_generator(0))
        episodes.reset(np.arange(backend.num_arms))
        return episodes, backend

    return begin


def still(episodes: BatchEnv) -> np.ndarray:
    return np.zeros((episodes.num_arms, len(episodes.interface.action.outputs)))


@pytest.mark.parametrize(
    ("distances", "ends"),
    [
        ([IN] * 6, [4, 5]),
        ([IN] * 4 + [OUT] + [IN] * 5, [9]),
        ([OUT, IN, IN, OUT, IN, IN, IN, IN, OUT, IN], []),
        ([OUT] * 6, []),
    ],
)
def test_success_is_five_periods_in_a_row(
    play: Play, distances: list[float], ends: list[int]
) -> None:
    episodes, _ = play([[distance] for distance in distances])
    results = [episodes.step(still(episodes)) for _ in distances]
    assert [t for t, result in enumerate(results) if result.terminated[0]] == ends
    assert not any(result.truncated[0] for result in results)
    np.testing.assert_allclose(
        [result.metrics["distance"][0] for result in results], distances, atol=1e-12
    )


@pytest.mark.parametrize("farther", [False, True])
def test_the_tolerance_itself_is_not_within_it(play: Play, farther: bool) -> None:
    episodes, _ = play([[IN]])
    episodes.step(still(episodes))
    distance = float(episodes.interface.task.distance(episodes.state)[0])
    tolerance = np.nextafter(distance, 1.0) if farther else distance
    episodes, _ = play([[IN]], tolerance=tolerance, hold_periods=1)
    assert episodes.step(still(episodes)).terminated[0] == farther


def test_time_is_up_after_max_periods(play: Play) -> None:
    episodes, _ = play([[OUT]] * 100)
    truncated = [bool(episodes.step(still(episodes)).truncated[0]) for _ in range(100)]
    assert truncated == [False] * 99 + [True]
    assert episodes.periods[0] == 100


def test_success_in_the_last_period_is_success(play: Play) -> None:
    episodes, _ = play([[OUT, IN]] * 5, max_periods=5)
    results = [episodes.step(still(episodes)) for _ in range(5)]
    assert results[-1].terminated.tolist() == [False, True]
    assert results[-1].truncated.tolist() == [True, False]


def test_a_success_is_paid_once_and_at_its_end(play: Play) -> None:
    episodes, _ = play([[IN]] * 5)
    rewards = [float(episodes.step(still(episodes)).rewards[0]) for _ in range(5)]
    assert rewards[:4] == [rewards[0]] * 4
    assert rewards[4] == pytest.approx(rewards[0] + 2.0)


def test_every_arm_counts_for_itself_and_a_new_episode_begins_at_zero(play: Play) -> None:
    episodes, _ = play([[IN, OUT], [IN, IN], [IN, IN], [IN, IN], [IN, IN], [IN, IN]], max_periods=6)
    for _ in range(4):
        episodes.step(still(episodes))
    episodes.reset(np.array([0]))
    assert episodes.periods.tolist() == [0, 4]
    episodes.step(still(episodes))
    result = episodes.step(still(episodes))
    # Arm 0 has held for 2 periods since its reset, arm 1 for 5, untouched by it.
    assert result.terminated.tolist() == [False, True]
    assert result.truncated.tolist() == [False, False]
    assert episodes.periods.tolist() == [2, 6]


def test_only_the_arms_asked_for_are_reset_each_to_a_start_of_its_own(play: Play) -> None:
    episodes, backend = play([[OUT] * 3])
    episodes.reset(np.array([2, 0]))
    (all_arms, first), (two_arms, second) = backend.resets
    assert (all_arms, two_arms) == ([0, 1, 2], [2, 0])
    starts = np.concatenate([first.positions, second.positions])
    assert starts.shape == (5, len(backend.robot.joint_names))
    assert len(np.unique(starts, axis=0)) == 5


def test_the_gripper_closes_once_the_target_is_near(robot: Robot, play: Play) -> None:
    distances = [0.5, 0.2, 0.151, 0.149, 0.05, 0.3]
    episodes, backend = play([[distance, 0.5] for distance in distances])
    for _ in distances:
        episodes.step(still(episodes))
    opened = np.array(backend.commands)[:, 0, len(robot.arm) :]
    # It follows what was seen last, and an episode is seen to begin 1 m away. A finger's speed
    # limit is 0.05 m/s, so it closes by 2.5 mm in a control period.
    expected = np.tile([[0.05], [0.05], [0.05], [0.05], [0.0475], [0.045]], 2)
    np.testing.assert_allclose(opened, expected, rtol=0, atol=1e-12)
    assert (np.array(backend.commands)[:, 1, len(robot.arm) :] == 0.05).all()


def test_targets_go_on_from_the_start_and_not_from_where_the_arm_is(
    robot: Robot, play: Play
) -> None:
    episodes, backend = play([[OUT], [OUT], [OUT]], JointIncrements, start_elsewhere=0.0)
    start = backend.resets[0][1].positions[0, robot.arm]
    largest = robot.velocity_limits[robot.arm] * 0.05
    for _ in range(2):
        episodes.step(np.full((1, 7), 0.5))
    episodes.step(np.full((1, 7), np.nan))
    commanded = np.array(backend.commands)[:, 0, : len(robot.arm)]
    expected = [start + 0.5 * largest, start + largest, start + largest]
    np.testing.assert_allclose(commanded, expected, rtol=0, atol=1e-12)
    assert not np.allclose(start, robot.home[robot.arm])


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e6])
def test_rewards_stay_finite_and_small_whatever_the_actions(play: Play, value: float) -> None:
    episodes, _ = play([[OUT]])
    assert abs(episodes.step(still(episodes) + value).rewards[0]) < 10


def rollout(episodes: BatchEnv, steps: int = 60) -> list[np.ndarray]:
    """What is seen of some periods of random actions, with new episodes for the finished."""
    random = np.random.default_rng(5)
    episodes.reset(np.arange(episodes.num_arms))
    seen = [episodes.observations]
    for _ in range(steps):
        result = episodes.step(random.uniform(-1, 1, still(episodes).shape).astype(np.float32))
        seen += [result.observations, result.rewards, result.terminated, result.truncated]
        ended = np.flatnonzero(result.terminated | result.truncated)
        if len(ended):
            episodes.reset(ended)
            seen += [ended, episodes.observations]
    return seen


def same(one: list[np.ndarray], other: list[np.ndarray]) -> bool:
    return [seen.tobytes() for seen in one] == [seen.tobytes() for seen in other]


SHORT = {"max_periods": 13, "tolerance": 0.3, "hold_periods": 2}


def test_equal_seeds_give_equal_bits(make_episodes: Callable[..., BatchEnv]) -> None:
    one, other = make_episodes(4, **SHORT), make_episodes(4, **SHORT)
    expected = rollout(one)
    assert same(rollout(other), expected)
    # And again in the same arms, whatever they did before.
    other.seed(training_generator(0))
    assert same(rollout(other), expected)
    assert not same(rollout(make_episodes(4, seed=1, **SHORT)), expected)


def test_the_rollouts_above_hold_both_kinds_of_end(
    make_episodes: Callable[..., BatchEnv],
) -> None:
    seen = rollout(make_episodes(4, **SHORT))
    flags = [array for array in seen if array.dtype == bool]
    assert np.any(flags[0::2]) and np.any(flags[1::2])


def test_observations_given_before_do_not_change(make_episodes: Callable[..., BatchEnv]) -> None:
    episodes = make_episodes(2, **SHORT)
    seen = rollout(episodes, 5)
    kept = [array.copy() for array in seen]
    rollout(episodes, 20)
    assert same(seen, kept)


def test_no_observation_is_always_the_same(make_episodes: Callable[..., BatchEnv]) -> None:
    seen = np.array([array for array in rollout(make_episodes(4)) if array.ndim == 2])
    assert (np.ptp(seen, axis=(0, 1)) > 0).all()


def test_the_other_arms_hold_still_while_one_is_reset(
    robot: Robot, make_episodes: Callable[..., BatchEnv]
) -> None:
    episodes = make_episodes(3, action=JointIncrements)
    rollout(episodes, 5)
    before = episodes.observations.copy()
    episodes.reset(np.array([1]))
    np.testing.assert_array_equal(episodes.observations[[0, 2]], before[[0, 2]])
    assert (episodes.observations[1] != before[1]).any()
    names = episodes.interface.observation_names
    speeds = [i for i, name in enumerate(names) if name.startswith("velocity/")]
    assert len(speeds) == 7 and not episodes.observations[1, speeds].any()


def test_a_reset_takes_two_control_periods_of_time(robot: Robot) -> None:
    backend = InProcessBackend(robot, 2, 0.05)
    assert backend.reset(np.array([1]), start_at(robot, robot.home[None])).stamp_ns == 100_000_000
    commands = np.tile(robot.home[robot.command_indices], (2, 1))
    assert backend.step(commands).stamp_ns == 150_000_000


def test_a_state_given_before_does_not_change(robot: Robot) -> None:
    backend = InProcessBackend(robot, 1, 0.05)
    moved = robot.home[None] + 0.01
    first = backend.reset(np.array([0]), start_at(robot, moved))
    kept = first.positions.copy(), first.velocities.copy()
    backend.step(robot.home[None, robot.command_indices])
    np.testing.assert_array_equal(first.positions, kept[0])
    np.testing.assert_array_equal(first.velocities, kept[1])
    np.testing.assert_array_equal(first.positions, moved)


@pytest.mark.parametrize("stays", [0.0, 1.0])
def test_the_next_episode_goes_on_where_the_last_one_ended(robot: Robot, stays: float) -> None:
    reach = ReachConfig(max_periods=5, stay_after_failure=stays, stay_after_success=1 - stays)
    interface = PolicyInterface(Reach(robot, reach), JointIncrements)
    episodes = BatchEnv(interface, InProcessBackend(robot, 3, 0.05))
    episodes.seed(training_generator(0))
    episodes.reset(np.arange(3))
    actions = np.tile([1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0], (3, 1))
    for _ in range(5):
        before = episodes.step(actions)
    assert before.truncated.all()
    ended, targets = before.observations[:, :7].copy(), episodes.state.goal.copy()
    episodes.autoreset(np.array([0, 2]))
    moved = np.abs(episodes.observations[:, :7] - ended).max(axis=1)
    assert moved[1] == 0.0
    assert (moved[[0, 2]] == 0.0).all() if stays else (moved[[0, 2]] > 0.1).all()
    assert (np.abs(episodes.state.goal - targets).max(axis=1) > 0.0).tolist() == [True, False, True]
    # It stands there, and is told to.
    names = interface.observation_names
    for kind in ("velocity", "lead"):
        columns = [i for i, name in enumerate(names) if name.startswith(f"{kind}/")]
        assert len(columns) == 7
        assert (episodes.observations[np.ix_([0, 2], columns)] == 0.0).all()
