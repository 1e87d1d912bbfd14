"""After a checkpoint is loaded, every random generator continues as before."""

import random
from collections.abc import Callable

import numpy as np
import pytest
import torch
from stable_baselines3.common.base_class import BaseAlgorithm

from arm_trainer.algorithms.registry import ALGORITHMS
from arm_trainer.envs.sb3_vec_env import ArmVecEnv
from arm_trainer.training.checkpoint import load_checkpoint, save_checkpoint
from arm_trainer.training.run_folder import RunFolder

MakeEnv = Callable[[], ArmVecEnv]
MakeModel = Callable[[str], BaseAlgorithm]


def fates(env: ArmVecEnv) -> list[object]:
    """What every generator that a training draws from will bring next."""
    return [
        torch.rand(3).tolist(),
        np.random.rand(3).tolist(),
        np.random.randn(),  # The second of a pair is kept for later.
        random.random(),
        env.random.random(3).tolist(),
        env.reset().tolist(),
    ]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_random_state_is_restored(
    algorithm: str,
    make_env: MakeEnv,
    make_model: MakeModel,
    make_run: Callable[[str], RunFolder],
) -> None:
    model, run = make_model(algorithm).learn(16), make_run(algorithm)
    env = model.get_env()
    # Each is where no seed alone would put it.
    torch.rand(1), np.random.randn(), random.random(), env.random.random()
    save_checkpoint(model, run, 16, env)
    # The start states drawn ahead are not part of it; the next are drawn anew.
    env.batch.seed(env.random)
    expected = fates(env)
    assert fates(env) != expected
    again = make_env()
    steps, loaded = load_checkpoint(run, again, "cpu")
    assert (steps, loaded.num_timesteps) == (16, 16)
    assert fates(again) == expected


def test_the_half_word_that_a_generator_keeps_is_restored_too(
    make_env: MakeEnv, make_model: MakeModel, make_run: Callable[[str], RunFolder]
) -> None:
    model, run = make_model("a2c"), make_run("a2c")
    env = model.get_env()
    env.random.integers(10, dtype=np.uint32)
    state = env.random.bit_generator.state
    assert state["has_uint32"] == 1
    save_checkpoint(model, run, 1, env)
    again = make_env()
    load_checkpoint(run, again, "cpu")
    assert again.random.bit_generator.state == state


def test_random_actions_go_on_as_before(
    make_env: MakeEnv, make_model: MakeModel, make_run: Callable[[str], RunFolder]
) -> None:
    model, run = make_model("sac").learn(4), make_run("sac")
    save_checkpoint(model, run, 4, model.get_env())
    expected = model.action_space.sample()
    _, loaded = load_checkpoint(run, make_env(), "cpu")
    np.testing.assert_array_equal(loaded.action_space.sample(), expected)


def test_the_success_rates_of_the_starts_are_restored(
    make_env: MakeEnv, make_model: MakeModel, make_run: Callable[[str], RunFolder]
) -> None:
    model, run = make_model("ppo"), make_run("ppo")
    model.get_env().batch.curriculum.rates[:] = 0.37
    save_checkpoint(model, run, 4, model.get_env())
    again = make_env()
    assert again.batch.curriculum.rates[0] == 0.0
    load_checkpoint(run, again, "cpu")
    assert again.batch.curriculum.rates[0] == 0.37
