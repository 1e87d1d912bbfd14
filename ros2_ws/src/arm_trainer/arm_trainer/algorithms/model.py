"""Untrained Stable-Baselines3 models, made from an algorithm's record and its settings."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from gymnasium import spaces
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.utils import LinearSchedule
from stable_baselines3.common.vec_env import VecEnv

from arm_trainer.algorithms.algorithm import Algorithm
from arm_trainer.algorithms.configs import LearnerSettings, OffPolicySettings
from arm_trainer.algorithms.hindsight import hindsight_options
from arm_trainer.envs.sb3_vec_env import ArmVecEnv


def make_model(
    algorithm: Algorithm,
    learner: LearnerSettings,
    env: VecEnv,
    *,
    seed: int,
    device: str,
    options: Mapping[str, Any] | None = None,
) -> BaseAlgorithm:
    """Returns an untrained model for an environment.

    Args:
        algorithm: The algorithm.
        learner: Its settings.
        env: The environment.
        seed: Seed of PyTorch, NumPy and Python.
        device: 'cpu' or 'cuda'.
        options: Further keyword arguments of the algorithm, for instance those of a policy that
            sees; they override its settings, and `policy_kwargs` is added to the policy's.

    Raises:
        AssertionError, ValueError: If Stable-Baselines3 refuses a combination of settings.
    """
    arguments: dict[str, Any] = asdict(learner)  # type: ignore[call-overload]
    start, end = arguments.pop("learning_rate"), arguments.pop("final_learning_rate")
    policy_kwargs = {name: arguments.pop(name) for name in learner.policy_fields}
    if arguments.pop("her", False):
        assert isinstance(learner, OffPolicySettings) and isinstance(env, ArmVecEnv)
        arguments |= hindsight_options(learner, env)
    arguments |= {**algorithm.constructor_options, **(options or {})}
    policy_kwargs |= arguments.pop("policy_kwargs", {})
    policies = algorithm.model_class.policy_aliases
    policy = policies["MlpPolicy"]
    if isinstance(env.observation_space, spaces.Dict):
        # CrossQ has none of this name, and needs none where `options` say how to read dictionaries.
        policy = policies.get("MultiInputPolicy", policy)
    return algorithm.model_class(
        policy,
        env,
        learning_rate=LinearSchedule(start, end, 1.0),
        policy_kwargs=policy_kwargs,
        seed=seed,
        device=device,
        **arguments,
    )
