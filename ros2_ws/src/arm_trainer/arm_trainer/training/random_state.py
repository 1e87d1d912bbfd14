"""State of every random generator that a training draws from, as JSON."""

import base64
import json
import random
from typing import Any

import numpy as np
import torch
from stable_baselines3.common.base_class import BaseAlgorithm

from arm_trainer.envs.sb3_vec_env import ArmVecEnv


def random_state(model: BaseAlgorithm, env: ArmVecEnv) -> str:
    """Returns the states of all generators as JSON."""
    kind, keys, position, has_gauss, gauss = np.random.get_state()
    states: dict[str, Any] = {
        "torch": _encode(torch.get_rng_state()),
        "cuda": [_encode(state) for state in torch.cuda.get_rng_state_all()],
        "numpy": [kind, np.asarray(keys).tolist(), position, has_gauss, gauss],
        "python": random.getstate(),
        "starts": env.random.bit_generator.state,
        "start_rates": env.batch.curriculum.rates.tolist(),
        # Off-policy algorithms begin with random actions, drawn from the action space.
        "actions": model.action_space.np_random.bit_generator.state,
    }
    return json.dumps(states)


def restore_random_state(text: str, model: BaseAlgorithm, env: ArmVecEnv) -> None:
    """Sets all generators to the states that `random_state` returned.

    The GPUs' generators are only set if there are as many GPUs as there were.

    Raises:
        KeyError, ValueError: If `text` is not what `random_state` returned.
    """
    states = json.loads(text)
    torch.set_rng_state(_decode(states["torch"]))
    if len(states["cuda"]) == torch.cuda.device_count():
        torch.cuda.set_rng_state_all([_decode(state) for state in states["cuda"]])
    np.random.set_state(tuple(states["numpy"]))
    version, words, gauss = states["python"]
    random.setstate((version, tuple(words), gauss))
    env.random.bit_generator.state = states["starts"]
    env.batch.curriculum.rates[:] = states["start_rates"]
    model.action_space.np_random.bit_generator.state = states["actions"]


def _encode(state: torch.Tensor) -> str:
    return base64.b64encode(state.numpy().tobytes()).decode()


def _decode(text: str) -> torch.Tensor:
    return torch.frombuffer(bytearray(base64.b64decode(text)), dtype=torch.uint8)
