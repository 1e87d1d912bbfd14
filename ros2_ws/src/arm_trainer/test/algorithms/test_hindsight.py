"""Hindsight gives four in five transitions a goal that was reached later in the same episode."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from stable_baselines3.common.off_policy_algorithm import OffPolicyAlgorithm

from arm_sim.robot.robot import Robot
from arm_trainer.algorithms.hindsight import HindsightReplayBuffer
from arm_trainer.algorithms.model import make_model
from arm_trainer.algorithms.registry import ALGORITHMS
from arm_trainer.backends.in_process import InProcessBackend
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.envs.sb3_vec_env import ArmVecEnv
from arm_trainer.tasks.reach import Reach, ReachConfig
from arm_trainer.training.config import load_settings

OFF_POLICY = [name for name, algorithm in ALGORITHMS.items() if algorithm.has_replay_buffer]
TOLERANCE = 0.05
ARMS, PERIODS = 4, 10

Make = Callable[..., OffPolicyAlgorithm]


@pytest.fixture
def make(robot: Robot, tmp_path) -> Make:
    """Makes a model by the name of its algorithm, with short episodes."""

    def made(name: str, **learner: int) -> OffPolicyAlgorithm:
        sizes = {"buffer_size": 1000, "batch_size": 64, "net_arch": [8], "her": True, **learner}
        file = tmp_path / "small.yaml"
        file.write_text(f"num_arms: {ARMS}\nreach: {{max_periods: {PERIODS}}}\nlearner: {sizes}\n")
        settings = load_settings(name, file)
        task = Reach(robot, ReachConfig(max_periods=PERIODS, tolerance=TOLERANCE))
        interface = PolicyInterface(task, goal_conditioned=True)
        backend = InProcessBackend(robot, ARMS, interface.control_period, threads=1)
        env = ArmVecEnv(BatchEnv(interface, backend))
        model = make_model(ALGORITHMS[name], settings.learner_settings(), env, seed=0, device="cpu")
        assert isinstance(model, OffPolicyAlgorithm)
        return model

    return made


def later_goals(buffer: HindsightReplayBuffer) -> dict[bytes, set[bytes]]:
    """For each transition, by its achieved goal: what was reached from its end to its episode's."""
    found: dict[bytes, set[bytes]] = {}
    reached, seen = (
        part["achieved_goal"] for part in (buffer.next_observations, buffer.observations)
    )
    for env in range(buffer.n_envs):
        for row in range(buffer.size()):
            end = buffer.ep_start[row, env] + buffer.ep_length[row, env]
            later = {goal.tobytes() for goal in reached[row:end, env]}
            found.setdefault(seen[row, env].tobytes(), set()).update(later)
    return found


def test_four_in_five_goals_are_what_was_reached_later_in_the_episode(make: Make) -> None:
    model = make("sac", learning_starts=10_000).learn(400)
    buffer = model.replay_buffer
    assert isinstance(buffer, HindsightReplayBuffer)
    samples = buffer.sample(500)
    given = {goal.tobytes() for goal in buffer.observations["desired_goal"].reshape(-1, 3)}
    later = later_goals(buffer)
    seen = {key: part.numpy() for key, part in samples.observations.items()}
    hindsight = [goal.tobytes() not in given for goal in seen["desired_goal"]]
    assert sum(hindsight) == 400
    for achieved, goal, replaced in zip(
        seen["achieved_goal"], seen["desired_goal"], hindsight, strict=True
    ):
        assert not replaced or goal.tobytes() in later[achieved.tobytes()]


def test_the_rewards_are_those_of_the_goals_that_were_given_instead(make: Make) -> None:
    model = make("sac", learning_starts=10_000).learn(400)
    samples = model.replay_buffer.sample(500)
    after = samples.next_observations
    assert torch.equal(after["desired_goal"], samples.observations["desired_goal"])
    away = (after["achieved_goal"] - after["desired_goal"]).norm(dim=1).numpy()
    np.testing.assert_array_equal(
        samples.rewards[:, 0].numpy(), np.where(away < TOLERANCE, 0.0, -1.0)
    )
    assert 0.1 < (away < TOLERANCE).mean() < 0.9
    # Else most would be failures.
    assert (model.replay_buffer.rewards[: model.replay_buffer.size()] == -1.0).mean() > 0.9


@pytest.mark.parametrize("name", OFF_POLICY)
def test_every_algorithm_with_a_replay_buffer_learns_from_it(name: str, make: Make) -> None:
    model = make(name, learning_starts=ARMS)
    before = [weights.clone() for weights in model.actor.parameters()]
    model.learn(3 * ARMS * PERIODS)
    assert any(
        not torch.equal(old, new) for old, new in zip(before, model.actor.parameters(), strict=True)
    )


def test_learning_starts_when_every_arm_has_ended_an_episode(make: Make) -> None:
    assert make("sac", learning_starts=3).learning_starts == ARMS * PERIODS
    assert make("sac", learning_starts=500).learning_starts == 500


def test_without_hindsight_nothing_of_it_is_used(make_episodes) -> None:
    learner = load_settings("sac").learner_settings()
    env = ArmVecEnv(make_episodes(2))
    model = make_model(ALGORITHMS["sac"], learner, env, seed=0, device="cpu")
    assert not isinstance(model.replay_buffer, HindsightReplayBuffer)
    assert model.learning_starts == learner.learning_starts


def test_sampled_observations_can_be_joined_as_tensors_are(make: Make) -> None:
    samples = make("sac", learning_starts=10_000).learn(100).replay_buffer.sample(8)
    joined = torch.cat([samples.observations, samples.next_observations], dim=0)
    for key, part in samples.observations.items():
        assert torch.equal(joined[key], torch.cat([part, samples.next_observations[key]]))
    with pytest.raises(TypeError):
        torch.stack([samples.observations, samples.next_observations])
