"""A model is made with its settings, its record's options and those of its observations."""

from collections.abc import Callable

import pytest
from torch import optim

from arm_trainer.algorithms.model import make_model
from arm_trainer.algorithms.registry import ALGORITHMS
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.envs.sb3_vec_env import ArmVecEnv
from arm_trainer.training.config import load_settings


@pytest.mark.parametrize("name", ALGORITHMS)
def test_a_model_has_the_settings_of_its_algorithm(
    name: str, make_episodes: Callable[..., BatchEnv]
) -> None:
    learner = load_settings(name).learner_settings()
    env = ArmVecEnv(make_episodes(4))
    model = make_model(ALGORITHMS[name], learner, env, seed=3, device="cpu")
    assert type(model) is ALGORITHMS[name].model_class
    assert model.seed == 3 and model.gamma == learner.gamma
    assert model.policy_kwargs["net_arch"] == learner.net_arch
    rates = [model.lr_schedule(remaining) for remaining in (1.0, 0.0)]
    assert rates == pytest.approx([learner.learning_rate, learner.final_learning_rate])
    for field in type(learner).policy_fields:
        assert model.policy_kwargs[field] == getattr(learner, field)


def test_options_override_settings_and_add_to_the_policys(
    make_episodes: Callable[..., BatchEnv],
) -> None:
    learner = load_settings("sac").learner_settings()
    env = ArmVecEnv(make_episodes(4))
    options = {"buffer_size": 1234, "policy_kwargs": {"optimizer_class": optim.SGD}}
    model = make_model(ALGORITHMS["sac"], learner, env, seed=0, device="cpu", options=options)
    assert model.buffer_size == 1234
    assert isinstance(model.actor.optimizer, optim.SGD)
    assert model.policy_kwargs["net_arch"] == learner.net_arch


def test_a2c_is_optimised_by_adam(make_episodes: Callable[..., BatchEnv]) -> None:
    learner = load_settings("a2c").learner_settings()
    env = ArmVecEnv(make_episodes(4))
    model = make_model(ALGORITHMS["a2c"], learner, env, seed=0, device="cpu")
    assert isinstance(model.policy.optimizer, optim.Adam)
