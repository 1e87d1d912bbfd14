"""Learners: SB3's algorithms as a run's settings want them."""

from dataclasses import asdict
from typing import Any

import torch
from stable_baselines3 import A2C, PPO, SAC
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.utils import LinearSchedule

from arm_sim.common.errors import UserError
from arm_trainer.algorithms.frame_replay_buffer import FrameReplayBuffer
from arm_trainer.envs.sb3_vec_env import ArmVecEnv
from arm_trainer.training.config import A2CSettings, PPOSettings, SACSettings, TrainingSettings
from arm_trainer.vision.image_features import ImageFeatures

# Transitions with frames that SAC remembers at most: 2 GiB with three cameras of 64 × 64.
_SEEING_BUFFER = 50_000


def choose_device(settings: TrainingSettings) -> tuple[str, str]:
    """Returns the device for a run and why.

    Raises:
        UserError: If CUDA is asked for and not there.
    """
    has_gpu = torch.cuda.is_available()
    if settings.device == "cuda":
        if not has_gpu:
            raise UserError(
                "Device 'cuda' was asked for, but PyTorch finds no GPU (valid here: auto, cpu)."
            )
        return "cuda", f"as asked: {torch.cuda.get_device_name()}"
    if settings.device == "cpu":
        return "cpu", "as asked"
    if settings.algorithm == "sac" and has_gpu:
        return "cuda", f"SAC's updates gain from {torch.cuda.get_device_name()}"
    if has_gpu:
        return "cpu", "a network this small is faster on the CPU"
    return "cpu", "there is no GPU"


def make_model(settings: TrainingSettings, env: ArmVecEnv, device: str) -> BaseAlgorithm:
    """Returns an untrained model for an environment, one that sees if the environment has views."""
    learner = settings.learner_settings()
    values = asdict(learner)
    rate = LinearSchedule(values.pop("learning_rate"), values.pop("final_learning_rate"), 1.0)
    policy: dict[str, Any] = {"net_arch": values.pop("net_arch")}
    if "log_std_init" in values:
        policy["log_std_init"] = values.pop("log_std_init")
    if env.views is not None:
        policy |= {"features_extractor_class": ImageFeatures, "normalize_images": False}
    name = "MlpPolicy" if env.views is None else "MultiInputPolicy"
    common: dict[str, Any] = {
        "learning_rate": rate,
        "policy_kwargs": policy,
        "seed": settings.seed,
        "device": device,
    }
    if isinstance(learner, PPOSettings):
        return PPO(name, env, **common, **values)
    if isinstance(learner, A2CSettings):
        return A2C(name, env, use_rms_prop=False, **common, **values)
    assert isinstance(learner, SACSettings)
    if env.views is not None:
        values |= {
            "buffer_size": min(values["buffer_size"], _SEEING_BUFFER),
            "replay_buffer_class": FrameReplayBuffer,
            "replay_buffer_kwargs": {"stack": env.views.stack},
        }
    return SAC(name, env, **common, **values)
