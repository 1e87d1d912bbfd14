"""Goal-conditioned environments keep GoalEnv's contract, and are the same arms as the others."""

import warnings
from collections.abc import Callable, Iterator

import gymnasium
import numpy as np
import pytest
import stable_baselines3.common.env_checker
from gymnasium.utils.env_checker import check_env
from stable_baselines3 import SAC, HerReplayBuffer

import arm_trainer  # noqa: F401 (registers the environment)
from arm_sim.common.errors import UserError
from arm_sim.robot.robot import Robot
from arm_trainer.backends.camera_views import Views
from arm_trainer.backends.in_process import InProcessBackend
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.envs.gym_env import make_arm_env
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.envs.sb3_vec_env import ArmVecEnv
from arm_trainer.tasks.reach import Reach, ReachConfig
from arm_trainer.tasks.registry import TASKS
from arm_trainer.tasks.seeding import training_generator
from arm_trainer.tasks.task import Bools, TaskState

NAME = "arm_trainer/Reach-v0"
# Episodes that end soon, some with success.
SHORT = ReachConfig(max_periods=7, tolerance=0.3, hold_periods=3)


@pytest.fixture(autouse=True)
def warnings_are_errors() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.fixture
def make_batch(robot: Robot) -> Callable[..., BatchEnv]:
    def make(config: ReachConfig = SHORT, goal_conditioned: bool = True) -> BatchEnv:
        interface = PolicyInterface(Reach(robot, config), goal_conditioned=goal_conditioned)
        backend = InProcessBackend(robot, 6, interface.control_period, threads=1)
        batch = BatchEnv(interface, backend)
        batch.seed(training_generator(0))
        return batch

    return make


@pytest.fixture
def env() -> Iterator[gymnasium.Env]:
    made = gymnasium.make(NAME, goal_conditioned=True)
    yield made.unwrapped
    made.close()


def test_gymnasiums_checker_finds_nothing(env: gymnasium.Env) -> None:
    check_env(env)


def test_stable_baselines3s_checker_takes_it_for_a_goal_env_and_finds_nothing(
    env: gymnasium.Env, capsys: pytest.CaptureFixture[str]
) -> None:
    stable_baselines3.common.env_checker.check_env(env)
    assert "GoalEnv" in capsys.readouterr().out


@pytest.mark.parametrize("task", sorted({*TASKS.names} - {"reach"}))
def test_every_task_with_objects_brings_its_first_one_to_the_goal(task: str) -> None:
    env = make_arm_env(task=task, goal_conditioned=True)
    stable_baselines3.common.env_checker.check_env(env)
    observation, _ = env.reset(seed=0)
    state = env.batch.state
    np.testing.assert_allclose(observation["achieved_goal"], state.objects[0, 0, :3], rtol=1e-6)
    np.testing.assert_allclose(observation["desired_goal"], state.goal[0], rtol=1e-6)
    columns = env.batch.interface.observation_names
    assert not any("goal_from" in name or "goal_near" in name for name in columns)
    env.close()


class Hopeless(Reach):
    """Fails in every period."""

    def failed(self, state: TaskState) -> Bools:
        return np.ones(len(state.tool), bool)


@pytest.mark.parametrize("goal_conditioned", [True, False])
def test_failure_is_no_way_out_of_a_reward_that_costs(robot: Robot, goal_conditioned: bool) -> None:
    interface = PolicyInterface(Hopeless(robot), goal_conditioned=goal_conditioned)
    env = ArmVecEnv(BatchEnv(interface, InProcessBackend(robot, 2, interface.control_period)))
    env.reset()
    _, _, done, infos = env.step(np.zeros((2, 3), np.float32))
    assert done.all()
    # As if time were up, so that what would have followed is estimated.
    assert [info["TimeLimit.truncated"] for info in infos] == [goal_conditioned] * 2
    assert not any(info["is_success"] for info in infos)
    result = env.batch.step(np.zeros((2, 3)))
    assert result.failed.all() and (result.terminated != goal_conditioned).all()


def test_without_being_asked_for_it_is_no_goal_env() -> None:
    env = gymnasium.make(NAME)
    assert not hasattr(env.unwrapped, "compute_reward")
    assert isinstance(env.observation_space, gymnasium.spaces.Box)
    env.close()


def test_a_vector_of_them_has_the_spaces_of_one() -> None:
    vector = gymnasium.make_vec(
        NAME, num_envs=3, vectorization_mode="vector_entry_point", goal_conditioned=True
    )
    observations, _ = vector.reset(seed=0)
    assert observations in vector.observation_space
    assert observations["desired_goal"].shape == (3, 3)
    vector.close()


def test_observations_are_the_same_terms_but_those_of_the_goal(make_batch) -> None:
    batch, plain = make_batch(), make_batch(goal_conditioned=False)
    own = set(batch.interface.observation.terms) - {"achieved_goal", "desired_goal"}
    assert own == set(plain.interface.observation.terms) - {"target_from_tool"}
    for each in (batch, plain):
        each.reset(np.arange(6))
    env = ArmVecEnv(batch)
    env.seed(0)
    seen, state = env.reset(), batch.state
    np.testing.assert_allclose(seen["achieved_goal"], state.tool, rtol=1e-6)
    np.testing.assert_allclose(seen["desired_goal"], state.goal, rtol=1e-6)
    np.testing.assert_array_equal(
        seen["observation"], np.delete(plain.observations, [6, 7, 8], axis=1)
    )


def test_episodes_go_as_without_but_for_the_reward(make_batch) -> None:
    batch, plain = make_batch(), make_batch(goal_conditioned=False)
    for each in (batch, plain):
        each.reset(np.arange(6))
    random, ends = np.random.default_rng(0), np.zeros(2, int)
    for _ in range(20):
        actions = random.uniform(-1, 1, (6, 3))
        found, expected = batch.step(actions), plain.step(actions)
        np.testing.assert_array_equal(found.terminated, expected.terminated)
        np.testing.assert_array_equal(found.truncated, expected.truncated)
        np.testing.assert_array_equal(found.metrics["distance"], expected.metrics["distance"])
        reached = expected.metrics["distance"] < SHORT.tolerance
        np.testing.assert_array_equal(found.rewards, np.where(reached, 0.0, -1.0))
        ends += found.terminated.sum(), found.truncated.sum()
        if len(arms := np.flatnonzero(found.terminated | found.truncated)):
            for each in (batch, plain):
                each.autoreset(arms)
    assert (ends > 3).all()


@pytest.mark.parametrize("latency", [0.0, 0.2])
def test_the_reward_is_that_of_the_observed_goals(make_batch, latency: float) -> None:
    config = ReachConfig(tolerance=0.3, latency=latency)
    env = ArmVecEnv(make_batch(config))
    env.seed(0)
    env.reset()
    late, rewards = 0, set()
    for _ in range(30):
        seen, given, done, _ = env.step(np.full((6, 3), 0.7, np.float32))
        again = env.compute_reward(seen["achieved_goal"], seen["desired_goal"], [{}] * 6)
        np.testing.assert_array_equal(given[~done], again[~done])
        late += (np.abs(seen["achieved_goal"] - env.batch.state.tool) > 1e-3).any()
        rewards |= set(given)
    assert (late > 0) == (latency > 0.0)
    assert rewards == {0.0, -1.0}


def test_the_reward_for_another_goal_is_computed(make_batch) -> None:
    env = ArmVecEnv(make_batch())
    env.seed(0)
    achieved = env.reset()["achieved_goal"]
    away = achieved + np.float32([0.0, 0.31, 0.0])
    (near, far) = (
        env.env_method("compute_reward", achieved, goal, [{}], indices=[0])[0]
        for goal in (achieved, away)
    )
    np.testing.assert_array_equal(near, np.zeros(6))
    np.testing.assert_array_equal(far, -np.ones(6))
    assert len(env.env_method("compute_reward", achieved, away, [{}])) == 6


def test_the_arms_have_no_other_methods(make_batch) -> None:
    plain = ArmVecEnv(make_batch(goal_conditioned=False))
    with pytest.raises(AttributeError, match="'compute_reward' can't be called"):
        plain.env_method("compute_reward", np.zeros((1, 3)), np.zeros((1, 3)), [{}])
    with pytest.raises(AttributeError, match="'x' can't be called"):
        ArmVecEnv(make_batch()).env_method("x")


def test_stable_baselines3_learns_from_them_with_its_own_buffer(make_batch) -> None:
    sizes = {"buffer_size": 600, "learning_starts": 48, "batch_size": 8}
    model = SAC(
        "MultiInputPolicy",
        ArmVecEnv(make_batch()),
        replay_buffer_class=HerReplayBuffer,
        seed=0,
        device="cpu",
        **sizes,
    ).learn(96)
    rewards = model.replay_buffer.sample(200).rewards
    assert set(rewards.flatten().tolist()) == {0.0, -1.0}


def test_with_cameras_it_is_refused() -> None:
    with pytest.raises(UserError, match="observes the goal, so it has no cameras"):
        gymnasium.make(NAME, goal_conditioned=True, views=Views(("top_camera",), size=40, stack=2))
