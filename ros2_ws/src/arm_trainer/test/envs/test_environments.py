"""The environments are what Gymnasium and Stable-Baselines3 expect, by their own checkers."""

import dataclasses
import warnings
from collections.abc import Callable, Iterator
from itertools import islice

import gymnasium
import numpy as np
import pytest
import stable_baselines3.common.env_checker
import stable_baselines3.common.vec_env
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode

import arm_trainer  # noqa: F401 (registers the environment)
from arm_sim.common.arrays import Ints
from arm_sim.common.errors import UserError
from arm_sim.robot.robot import Robot
from arm_sim.simulation.sim_config import SimConfig
from arm_trainer.backends.backend import BatchState
from arm_trainer.backends.camera_views import Views
from arm_trainer.backends.in_process import InProcessBackend
from arm_trainer.backends.registry import BackendRequest, make_backend
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.envs.sb3_vec_env import ArmVecEnv
from arm_trainer.envs.vector_env import ArmVectorEnv
from arm_trainer.tasks.reach import Reach, ReachConfig
from arm_trainer.tasks.seeding import evaluation_generator, training_generator
from arm_trainer.tasks.start import Start, take_starts

NAME = "arm_trainer/Reach-v0"
# Episodes that end soon, some with success.
SHORT = ReachConfig(max_periods=7, tolerance=0.45, hold_periods=3)
VIEWS = Views(("top_camera",), size=40, stack=2)


@pytest.fixture(autouse=True)
def warnings_are_errors() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


class Recorder(InProcessBackend):
    """Notes the start states that it is given."""

    def __init__(self, interface: PolicyInterface, num_arms: int) -> None:
        super().__init__(interface.robot, num_arms, interface.control_period, threads=1)
        self.starts: list[Start] = []

    def reset(self, arms: Ints, starts: Start) -> BatchState:
        self.starts.extend(starts)
        return super().reset(arms, starts)


class Replay(Reach):
    """Draws the start states that a recorder noted."""

    def __init__(self, recorder: Recorder, settings: ReachConfig) -> None:
        super().__init__(recorder.robot, settings)
        self._recorder = recorder

    def starts(self, random: np.random.Generator) -> Iterator[Start]:
        while True:
            yield self._recorder.starts.pop(0)


@pytest.fixture
def recorder(interface: PolicyInterface) -> Recorder:
    return Recorder(interface, 6)


@pytest.fixture
def vector(recorder: Recorder) -> Iterator[ArmVectorEnv]:
    env = gymnasium.make_vec(
        NAME,
        num_envs=6,
        vectorization_mode="vector_entry_point",
        config=SHORT,
        backend=recorder,
    )
    yield env.unwrapped
    env.close()


@pytest.fixture
def for_sb3(make_episodes: Callable[..., BatchEnv]) -> ArmVecEnv:
    env = ArmVecEnv(make_episodes(6, **vars(SHORT)))
    env.seed(0)
    return env


@pytest.mark.parametrize("views", [None, VIEWS])
def test_gymnasiums_checker_finds_nothing(views: Views | None) -> None:
    env = gymnasium.make(NAME, views=views).unwrapped
    check_env(env)
    env.close()


@pytest.mark.parametrize("views", [None, VIEWS])
def test_stable_baselines3s_checker_finds_nothing(views: Views | None) -> None:
    env = gymnasium.make(NAME, views=views).unwrapped
    stable_baselines3.common.env_checker.check_env(env)
    env.close()


def test_gymnasiums_wrappers_find_nothing_in_whole_episodes() -> None:
    env = gymnasium.make(NAME, config=SHORT)
    env.action_space.seed(0)
    for seed in (1, None):
        observation, info = env.reset(seed=seed)
        assert info["distance"] > 0 and info["is_success"] is False
        ended = False
        while not ended:
            assert observation in env.observation_space
            observation, _, terminated, truncated, info = env.step(env.action_space.sample())
            assert info["is_success"] == terminated
            ended = terminated or truncated
    env.close()


def test_spaces_are_one_arms_and_all_arms(vector: ArmVectorEnv) -> None:
    assert vector.single_observation_space.shape == (9,)
    assert vector.single_action_space.shape == (3,)
    assert (vector.single_action_space.low == -1).all()
    assert (vector.single_action_space.high == 1).all()
    assert vector.observation_space.shape == (6, 9)
    assert vector.action_space.shape == (6, 3)
    assert vector.metadata["autoreset_mode"] == AutoresetMode.SAME_STEP


def test_a_finished_arm_begins_anew_in_the_same_step(
    vector: ArmVectorEnv, recorder: Recorder
) -> None:
    # The same episodes without autoreset say what should be seen.
    interface = PolicyInterface(Replay(recorder, SHORT))
    plain = BatchEnv(interface, InProcessBackend(interface.robot, 6, interface.control_period))
    plain.seed(np.random.default_rng())
    observations, _ = vector.reset(seed=3)
    plain.reset(np.arange(6))
    np.testing.assert_array_equal(observations, plain.observations)
    vector.action_space.seed(3)
    ends = np.zeros(2, int)
    joints, leads = recorder.robot.arm, slice(3)
    for _ in range(20):
        actions = vector.action_space.sample()
        old_goals = vector.batch.state.goal.copy()
        observations, rewards, terminated, truncated, info = vector.step(actions)
        expected = plain.step(actions)
        np.testing.assert_array_equal(rewards, expected.rewards)
        np.testing.assert_array_equal(terminated, expected.terminated)
        np.testing.assert_array_equal(truncated, expected.truncated)
        np.testing.assert_array_equal(info["distance"], expected.metrics["distance"])
        np.testing.assert_array_equal(info["is_success"], terminated)
        done = terminated | truncated
        if done.any():
            np.testing.assert_array_equal(info["_final_obs"], done)
            for arm in range(6):
                if done[arm]:
                    np.testing.assert_array_equal(
                        info["final_obs"][arm], expected.observations[arm]
                    )
                else:
                    assert info["final_obs"][arm] is None
            plain.reset(np.flatnonzero(done))
            assert not vector.batch.state.velocities[done][:, joints].any()
            assert not observations[done, leads].any()
        else:
            assert "final_obs" not in info and "_final_obs" not in info
        moved = (vector.batch.state.goal != old_goals).any(axis=1)
        np.testing.assert_array_equal(moved, done)
        np.testing.assert_array_equal(observations, plain.observations)
        ends += terminated.sum(), truncated.sum()
    assert (ends > 3).all()


def test_stable_baselines3_is_told_what_it_wants(
    for_sb3: ArmVecEnv, make_episodes: Callable[..., BatchEnv]
) -> None:
    plain = make_episodes(6, **vars(SHORT))
    plain.reset(np.arange(6))
    np.testing.assert_array_equal(for_sb3.reset(), plain.observations)
    random = np.random.default_rng(3)
    returns, lengths = np.zeros(6), np.zeros(6, int)
    ends = np.zeros(2, int)
    for _ in range(20):
        actions = random.uniform(-1, 1, (6, 3)).astype(np.float32)
        observations, rewards, done, infos = for_sb3.step(actions)
        expected = plain.step(actions)
        returns += expected.rewards
        lengths += 1
        assert rewards.dtype == np.float32
        np.testing.assert_allclose(rewards, expected.rewards, rtol=1e-6)
        np.testing.assert_array_equal(done, expected.terminated | expected.truncated)
        for arm in range(6):
            if not done[arm]:
                assert "terminal_observation" not in infos[arm] and "episode" not in infos[arm]
                continue
            info = infos[arm]
            np.testing.assert_array_equal(info["terminal_observation"], expected.observations[arm])
            assert info["TimeLimit.truncated"] == expected.truncated[arm]
            assert info["is_success"] == expected.terminated[arm]
            assert info["distance"] == expected.metrics["distance"][arm]
            assert info["episode"]["r"] == pytest.approx(returns[arm])
            assert info["episode"]["l"] == lengths[arm]
            returns[arm], lengths[arm] = 0.0, 0
        if done.any():
            plain.autoreset(np.flatnonzero(done))
        np.testing.assert_array_equal(observations, plain.observations)
        ends += expected.terminated.sum(), expected.truncated.sum()
    assert (ends > 3).all()


def test_a_reset_forgets_the_returns_so_far(for_sb3: ArmVecEnv) -> None:
    still = np.zeros((6, 3), np.float32)
    for_sb3.reset()
    for_sb3.step(still)
    for_sb3.reset()
    total = np.zeros(6)
    for _ in range(7):
        _, rewards, done, infos = for_sb3.step(still)
        total += rewards
        for arm in np.flatnonzero(done):
            assert infos[arm]["episode"]["r"] == pytest.approx(total[arm], rel=1e-5)
            total[arm] = 0.0


def test_stable_baselines3s_wrappers_find_nothing(for_sb3: ArmVecEnv) -> None:
    wrapped = stable_baselines3.common.vec_env.VecMonitor(
        stable_baselines3.common.vec_env.VecCheckNan(for_sb3, raise_exception=True)
    )
    wrapped.reset()
    for _ in range(10):
        wrapped.step(np.zeros((6, 3), np.float32))
    assert wrapped.get_attr("num_envs") == [6] * 6
    assert wrapped.env_is_wrapped(gymnasium.Wrapper, [0, 1]) == [False, False]
    for call in (lambda: for_sb3.set_attr("x", 1), lambda: for_sb3.env_method("x")):
        with pytest.raises(AttributeError, match="The arms share one environment"):
            call()
    wrapped.close()


def test_equal_seeds_begin_equally_for_stable_baselines3(for_sb3: ArmVecEnv) -> None:
    assert for_sb3.seed(4) == [4] * 6
    first = for_sb3.reset()
    for_sb3.seed(4)
    np.testing.assert_array_equal(for_sb3.reset(), first)
    for_sb3.seed(5)
    assert (for_sb3.reset() != first).any()


def test_one_arm_alone_goes_as_a_vector_of_one() -> None:
    # A single environment is reset from outside, always to a fresh start.
    fresh = dataclasses.replace(SHORT, stay_after_success=0.0, stay_after_failure=0.0)
    single = gymnasium.make(NAME, config=fresh)
    vector = gymnasium.make_vec(
        NAME, num_envs=1, vectorization_mode="vector_entry_point", config=fresh
    )
    observation, info = single.reset(seed=9)
    observations, infos = vector.reset(seed=9)
    single.action_space.seed(9)
    episodes = 0
    for _ in range(40):
        np.testing.assert_array_equal(observations[0], observation)
        action = single.action_space.sample()
        observation, reward, terminated, truncated, info = single.step(action)
        observations, rewards, terminations, truncations, infos = vector.step(action[None])
        assert (rewards[0], terminations[0], truncations[0]) == (reward, terminated, truncated)
        assert infos["distance"][0] == info["distance"]
        if terminated or truncated:
            episodes += 1
            np.testing.assert_array_equal(infos["final_obs"][0], observation)
            observation, _ = single.reset()
    assert episodes >= 5
    vector.close()


def test_a_seed_for_each_arm_is_refused(vector: ArmVectorEnv) -> None:
    with pytest.raises(ValueError, match="give one number"):
        vector.reset(seed=[1, 2, 3, 4, 5, 6])


def test_without_a_seed_every_environment_begins_differently() -> None:
    first, second = (gymnasium.make(NAME).reset()[0] for _ in range(2))
    assert (first != second).any()


def test_no_seed_of_gymnasium_shows_the_evaluations_targets(
    interface: PolicyInterface,
) -> None:
    env = gymnasium.make(NAME)
    seen = []
    for seed in (0, 1, 2, 1 + 2**32):
        env.reset(seed=seed)
        seen.append(env.unwrapped.batch.state.goal[0])
    env.close()
    unseen = [
        start.goal
        for seed in (0, 1)
        for start in islice(interface.task.starts(evaluation_generator(seed)), 1)
    ]
    assert not any((one == other).all() for one in seen for other in unseen)


def test_stable_baselines3_trains_on_the_training_targets(
    interface: PolicyInterface, for_sb3: ArmVecEnv
) -> None:
    for_sb3.seed(7)
    for_sb3.reset()
    drawn = take_starts(interface.task.starts(training_generator(7)), 6)
    np.testing.assert_array_equal(for_sb3.batch.state.goal, drawn.goal)


def test_an_unknown_backend_names_those_there_are(interface: PolicyInterface) -> None:
    with pytest.raises(
        ValueError, match=r"Unknown backend 'gazebo' \(valid: in_process, ros, managed\)"
    ):
        make_backend("gazebo", BackendRequest(interface.robot, SimConfig()))


def test_with_views_all_three_show_the_last_frames_and_hide_the_target() -> None:
    reach = dataclasses.replace(SHORT, stay_after_success=0.0, stay_after_failure=0.0)
    vector = ArmVectorEnv(1, config=reach, views=VIEWS)
    single = gymnasium.make(NAME, config=reach, views=VIEWS)
    interface = PolicyInterface(
        Reach(vector.batch.interface.robot, reach), target_in_observation=False
    )
    backend = InProcessBackend(interface.robot, 1, interface.control_period, views=VIEWS)
    for_sb3 = ArmVecEnv(BatchEnv(interface, backend, views=VIEWS))
    for_sb3.seed(5)
    seen = [single.reset(seed=5)[0], vector.reset(seed=5)[0], for_sb3.reset()]
    assert for_sb3.observation_space == vector.single_observation_space == single.observation_space
    vector.action_space.seed(5)
    ends = 0
    for _ in range(20):
        alone, for_gymnasium, for_baselines = seen
        assert alone in single.observation_space and for_gymnasium in vector.observation_space
        assert alone["images"].shape == (6, 40, 40) and alone["state"].shape == (6,)
        for key in ("images", "state"):
            np.testing.assert_array_equal(for_gymnasium[key][0], alone[key])
            np.testing.assert_array_equal(for_baselines[key][0], alone[key])
        actions = vector.action_space.sample()
        new, _, terminated, truncated, _ = single.step(actions[0])
        after, _, _, _, info = vector.step(actions)
        others, _, done, infos = for_sb3.step(actions)
        # The newest frame of before is the older one of now, to the end of the episode.
        np.testing.assert_array_equal(new["images"][:3], alone["images"][3:])
        assert (new["images"][3:] != alone["images"][3:]).any()
        assert done[0] == (terminated or truncated)
        if done[0]:
            ends += 1
            for last in (info["final_obs"][0], infos[0]["terminal_observation"]):
                for key in ("images", "state"):
                    np.testing.assert_array_equal(last[key], new[key])
            new, _ = single.reset()
            np.testing.assert_array_equal(new["images"][:3], new["images"][3:])
        seen = [new, after, others]
    assert ends >= 2
    for env in (single, vector, for_sb3):
        env.close()


def test_cameras_without_images_or_with_latency_are_refused(
    interface: PolicyInterface, robot: Robot
) -> None:
    blind = BatchEnv(interface, InProcessBackend(robot, 1, 0.05), views=VIEWS)
    with pytest.raises(UserError, match="gives no images"):
        blind.reset(np.array([0]))
    with pytest.raises(UserError, match="Latency can't be simulated with cameras"):
        BatchEnv(interface, InProcessBackend(robot, 1, 0.05), (0.0, 0.1), VIEWS)
