"""A replay buffer is restored to the bit, whether it is full or not."""

from collections.abc import Callable

import pytest
from stable_baselines3.common.base_class import BaseAlgorithm

from arm_trainer.algorithms.registry import ALGORITHMS
from arm_trainer.envs.sb3_vec_env import ArmVecEnv
from arm_trainer.training.checkpoint import load_checkpoint, save_checkpoint
from arm_trainer.training.run_folder import RunFolder

MakeEnv = Callable[[], ArmVecEnv]
MakeModel = Callable[[str], BaseAlgorithm]
BUFFER = ("observations", "next_observations", "actions", "rewards", "dones", "timeouts")
OFF_POLICY = [name for name, algorithm in ALGORITHMS.items() if algorithm.has_replay_buffer]


@pytest.mark.parametrize("algorithm", OFF_POLICY)
@pytest.mark.parametrize("steps", [30, 300])
def test_the_replay_buffer_is_restored_to_the_bit(
    algorithm: str,
    steps: int,
    make_env: MakeEnv,
    make_model: MakeModel,
    make_run: Callable[[str], RunFolder],
) -> None:
    model, run = make_model(algorithm).learn(steps), make_run(algorithm)
    assert model.replay_buffer.full == (steps == 300)
    save_checkpoint(model, run, steps, model.get_env())
    _, loaded = load_checkpoint(run, make_env(), "cpu")
    was, now = model.replay_buffer, loaded.replay_buffer
    assert (now.pos, now.full, now.size()) == (was.pos, was.full, was.size())
    for name in BUFFER:
        rows, expected = getattr(now, name), getattr(was, name)
        assert rows.dtype == expected.dtype
        assert rows[: now.size()].tobytes() == expected[: was.size()].tobytes(), name
    assert was.timeouts.any() and was.dones.any() and was.rewards.any()
