"""The entropy is estimated where an algorithm tunes it, and changes nothing that is random."""

from collections.abc import Callable

import pytest
import torch
from stable_baselines3.common.base_class import BaseAlgorithm

from arm_trainer.algorithms.registry import ALGORITHMS
from arm_trainer.training.entropy import policy_entropy


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_only_algorithms_with_an_entropy_coefficient_have_one(
    algorithm: str, make_model: Callable[[str], BaseAlgorithm]
) -> None:
    model = make_model(algorithm).learn(16)
    state = torch.get_rng_state()
    entropy = policy_entropy(model)
    assert torch.equal(torch.get_rng_state(), state)
    if ALGORITHMS[algorithm].has_replay_buffer:
        # Actions are in [-1, 1]³: a uniform policy, with the largest entropy, has 3 · ln 2.
        assert entropy is not None and entropy < 3 * 0.70
    else:
        assert entropy is None
