"""Checkpoints: Stable-Baselines3's zip with the random states added, and the replay buffer.

A run that is resumed from one continues as if it had not been interrupted, but for the episodes
that were under way. Loading a checkpoint unpickles it, as Stable-Baselines3 does, so training and
export only load those of the user's own run folder.
"""

import zipfile
from pathlib import Path
from typing import Any

from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.off_policy_algorithm import OffPolicyAlgorithm

from arm_sim.common.atomic_files import atomic_write
from arm_sim.common.errors import UserError
from arm_trainer.algorithms.registry import find_algorithm
from arm_trainer.envs.sb3_vec_env import ArmVecEnv
from arm_trainer.training.random_state import random_state, restore_random_state
from arm_trainer.training.replay_buffer_file import load_replay_buffer, save_replay_buffer
from arm_trainer.training.run_folder import RunFolder

_RANDOM = "random_state.json"
_ALGORITHM = "algorithm.txt"
_REPLAY = "replay_{steps}.npz"


def save_model(model: BaseAlgorithm, path: Path, env: ArmVecEnv | None = None) -> None:
    """Saves a model atomically, with the states of all random generators if `env` is given.

    Raises:
        UserError: If it can't be written.
    """
    with atomic_write(path) as temporary:
        model.save(temporary)
        with zipfile.ZipFile(temporary, "a") as archive:
            # Stable-Baselines3 does not notice that a zip is of another algorithm.
            archive.writestr(_ALGORITHM, type(model).__name__)
            if env is not None:
                archive.writestr(_RANDOM, random_state(model, env))


def load_model(
    path: Path, algorithm: str, env: ArmVecEnv | None = None, device: str = "cpu"
) -> BaseAlgorithm:
    """Loads a model.

    Args:
        path: The zip file.
        algorithm: Name of the algorithm that it must be of.
        env: The environment to train on; None for a model that only predicts.
        device: 'cpu' or 'cuda'.

    Raises:
        UserError: If the file is missing, damaged, or of another algorithm or robot.
    """
    expected = find_algorithm(algorithm)
    if not path.is_file():
        raise UserError(f"There is no model {path}.")
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
            names = archive.namelist()
            kind = archive.read(_ALGORITHM).decode() if _ALGORITHM in names else "unknown"
    except (OSError, zipfile.BadZipFile):
        damaged = "the end of the file"
    if damaged is not None:
        raise UserError(f"{path} is damaged ({damaged}); take another checkpoint.")
    mismatch = f"{path} is not a {expected.label} model for this robot:"
    if kind != expected.model_class.__name__:
        raise UserError(f"{mismatch} it is {kind}.")
    # A model that only predicts needs no replay buffer, and one of hindsight needs an environment.
    unused: dict[str, Any] = {
        "replay_buffer_class": None,
        "replay_buffer_kwargs": {},
        "buffer_size": 1,
    }
    try:
        return expected.model_class.load(
            path, env=env, device=device, custom_objects=unused if env is None else None
        )
    except Exception as error:  # Unpickling a foreign file can raise anything.
        raise UserError(f"{mismatch} {' '.join(str(error).split())}") from error


def save_checkpoint(model: BaseAlgorithm, run: RunFolder, steps: int, env: ArmVecEnv) -> None:
    """Saves a checkpoint with the label `steps`, and the model's replay buffer if it has one.

    The replay buffer is written before the model, and those of all but the last two checkpoints
    are removed at the end. So whenever the process is killed, the newest checkpoint or the one
    before it is complete.

    Raises:
        UserError: If it can't be written.
    """
    folder = run.checkpoint(steps).parent
    if isinstance(model, OffPolicyAlgorithm):
        assert model.replay_buffer is not None
        save_replay_buffer(model.replay_buffer, folder / _REPLAY.format(steps=steps))
    save_model(model, run.checkpoint(steps), env)
    kept = {folder / _REPLAY.format(steps=label) for label, _ in run.checkpoints()[-2:]}
    for other in folder.glob(_REPLAY.format(steps="*")):
        if other not in kept:
            other.unlink()


def load_checkpoint(run: RunFolder, env: ArmVecEnv, device: str) -> tuple[int, BaseAlgorithm]:
    """Loads the newest complete checkpoint and sets every random generator as it was.

    Returns:
        The label of the checkpoint in steps, and the model.

    Raises:
        UserError: If there is none.
    """
    for steps, path in reversed(run.checkpoints()):
        try:
            return steps, _load_complete(path, run.algorithm, steps, env, device)
        except (UserError, KeyError, ValueError, OSError, EOFError, zipfile.BadZipFile):
            continue  # It is incomplete or damaged.
    raise UserError(f"{run.path} has no complete checkpoint to resume from.")


def _load_complete(
    path: Path, algorithm: str, steps: int, env: ArmVecEnv, device: str
) -> BaseAlgorithm:
    """Loads a checkpoint with its replay buffer; raises if a part of it is missing or damaged."""
    replay = path.parent / _REPLAY.format(steps=steps)
    if find_algorithm(algorithm).has_replay_buffer and not replay.is_file():
        raise FileNotFoundError(replay)  # Noticed before the model is loaded, which takes longer.
    model = load_model(path, algorithm, env, device)
    if isinstance(model, OffPolicyAlgorithm):
        assert model.replay_buffer is not None
        load_replay_buffer(model.replay_buffer, replay)
    with zipfile.ZipFile(path) as archive:
        restore_random_state(archive.read(_RANDOM).decode(), model, env)
    return model
