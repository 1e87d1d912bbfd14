"""Small models of every algorithm, their environments and their run folders."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
from stable_baselines3.common.base_class import BaseAlgorithm

from arm_trainer.algorithms.registry import ALGORITHMS
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.envs.sb3_vec_env import ArmVecEnv
from arm_trainer.training.run_folder import RunFolder

SIZES = {"n_steps": 4, "n_epochs": 1, "batch_size": 4, "buffer_size": 100, "learning_starts": 8}


@pytest.fixture
def make_env(make_episodes: Callable[..., BatchEnv]) -> Callable[[], ArmVecEnv]:
    return lambda: ArmVecEnv(make_episodes(2, max_periods=3, hold_periods=1))


@pytest.fixture
def make_model(make_env: Callable[[], ArmVecEnv]) -> Callable[[str], BaseAlgorithm]:
    """Makes an untrained model by the name of its algorithm."""

    def make(name: str) -> BaseAlgorithm:
        algorithm = ALGORITHMS[name]
        known = {field.name for field in dataclasses.fields(algorithm.settings_class)}
        sizes = {size: value for size, value in SIZES.items() if size in known}
        options = {"policy_kwargs": {"net_arch": [4]}, "seed": 0, "device": "cpu"}
        options |= {**sizes, **algorithm.constructor_options}
        return algorithm.model_class("MlpPolicy", make_env(), **options)

    return make


@pytest.fixture
def make_run(tmp_path: Path) -> Callable[[str], RunFolder]:
    return lambda algorithm: RunFolder.create(tmp_path, "fetch_arm", algorithm)
