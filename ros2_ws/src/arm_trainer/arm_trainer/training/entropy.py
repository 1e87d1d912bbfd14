"""Entropy of a policy whose algorithm tunes an entropy coefficient, such as SAC."""

from typing import Any

import torch
from stable_baselines3.common.base_class import BaseAlgorithm

_SAMPLES = 256


def policy_entropy(model: BaseAlgorithm) -> float | None:
    """Returns an estimate of the policy's entropy, in nats.

    Stable-Baselines3 logs the coefficient but not the entropy. It is estimated on the newest
    observations of the replay buffer, and PyTorch's random state is left as it was.

    Returns:
        None for an algorithm without entropy coefficient, or if observations are dictionaries.
    """
    if not hasattr(model, "log_ent_coef"):
        return None
    off_policy: Any = model
    buffer = off_policy.replay_buffer
    if isinstance(buffer.observations, dict):
        return None
    rows = buffer.observations[: buffer.size()]
    newest = rows.reshape(-1, rows.shape[-1])[-_SAMPLES:]
    with torch.no_grad(), torch.random.fork_rng():
        observations = torch.as_tensor(newest, device=model.device)
        _, log_probability = off_policy.actor.action_log_prob(observations)
    return -float(log_probability.mean())
