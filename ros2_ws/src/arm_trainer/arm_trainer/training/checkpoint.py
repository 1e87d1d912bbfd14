"""Checkpoints: SB3's zip with the random states in it, so that a resumed run goes on as before.

Loading one unpickles (SB3 does), so only a run's own folder is ever loaded, by training and export.
"""

import base64
import json
import random
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from stable_baselines3 import A2C, PPO, SAC
from stable_baselines3.common.base_class import BaseAlgorithm

from arm_sim.common.atomic_files import atomic_write
from arm_sim.common.errors import UserError
from arm_trainer.algorithms.frame_replay_buffer import FrameReplayBuffer
from arm_trainer.envs.sb3_vec_env import ArmVecEnv
from arm_trainer.training.run_folder import RunFolder

CLASSES: dict[str, type[BaseAlgorithm]] = {"ppo": PPO, "a2c": A2C, "sac": SAC}
_RANDOM = "random_state.json"
_ALGORITHM = "algorithm.txt"
_REPLAY = "replay_{steps}.npz"
_REPLAY_ARRAYS = ("observations", "next_observations", "actions", "rewards", "dones", "timeouts")


def save_model(model: BaseAlgorithm, path: Path, env: ArmVecEnv | None = None) -> None:
    """Saves a model, with the random states if `env` is given; whole or not at all.

    Raises:
        UserError: If it can't be written.
    """
    with atomic_write(path) as temporary:
        model.save(temporary)
        with zipfile.ZipFile(temporary, "a") as archive:
            # SB3 would load one algorithm's zip as another's.
            archive.writestr(_ALGORITHM, type(model).__name__)
            if env is not None:
                archive.writestr(_RANDOM, _random_state(model, env))


def save_checkpoint(model: BaseAlgorithm, run: RunFolder, steps: int, env: ArmVecEnv) -> None:
    """Saves a checkpoint labelled `steps`, and the replay buffer of an algorithm that has one.

    The buffer is written first, older ones are removed last, and the one before is kept: whenever
    the process is killed, the newest checkpoint is complete, or the one before it is.

    Raises:
        UserError: If it can't be written.
    """
    folder = run.checkpoint(steps).parent
    replay = folder / _REPLAY.format(steps=steps)
    if isinstance(model, SAC):
        with atomic_write(replay) as temporary:
            np.savez(temporary, **_replay(model))
    save_model(model, run.checkpoint(steps), env)
    kept = {folder / _REPLAY.format(steps=label) for label, _ in run.checkpoints()[-2:]}
    for other in folder.glob(_REPLAY.format(steps="*")):
        if other not in kept:
            other.unlink()


def load_model(
    path: Path, algorithm: str, env: ArmVecEnv | None = None, device: str = "cpu"
) -> BaseAlgorithm:
    """Loads a model.

    Raises:
        UserError: If the file is missing, damaged, or of another algorithm or robot.
    """
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
    if kind != CLASSES[algorithm].__name__:
        raise UserError(f"{path} is not a {algorithm.upper()} model for this robot: it is {kind}.")
    try:
        return CLASSES[algorithm].load(path, env=env, device=device)
    except Exception as error:  # Whatever unpickling a foreign file brings up.
        reason = " ".join(str(error).split())
        raise UserError(
            f"{path} is not a {algorithm.upper()} model for this robot: {reason}"
        ) from error


def load_checkpoint(run: RunFolder, env: ArmVecEnv, device: str) -> tuple[int, BaseAlgorithm]:
    """Loads the newest complete checkpoint and sets every random generator as it was.

    Returns:
        The steps that it is labelled with, and the model.

    Raises:
        UserError: If there is none.
    """
    for steps, path in reversed(run.checkpoints()):
        replay = path.parent / _REPLAY.format(steps=steps)
        if run.algorithm == "sac" and not replay.is_file():
            continue
        try:
            model = load_model(path, run.algorithm, env, device)
            if isinstance(model, SAC):
                _load_replay(model, replay)
            _restore_random_state(path, model, env)
        except (UserError, KeyError, ValueError, OSError, EOFError, zipfile.BadZipFile):
            continue
        return steps, model
    raise UserError(f"{run.path} has no complete checkpoint to resume from.")


def _replay(model: SAC) -> dict[str, Any]:
    buffer = model.replay_buffer
    assert buffer is not None
    if isinstance(buffer, FrameReplayBuffer):
        return buffer.saved()
    size = buffer.size()
    arrays = {name: getattr(buffer, name)[:size] for name in _REPLAY_ARRAYS}
    return {"position": buffer.pos, "full": buffer.full, **arrays}


def _load_replay(model: SAC, path: Path) -> None:
    buffer = model.replay_buffer
    assert buffer is not None
    with np.load(path, allow_pickle=False) as saved:
        if isinstance(buffer, FrameReplayBuffer):
            buffer.restore(saved)
            return
        for name in _REPLAY_ARRAYS:
            rows = saved[name]
            getattr(buffer, name)[: len(rows)] = rows
        buffer.pos, buffer.full = int(saved["position"]), bool(saved["full"])


def _random_state(model: BaseAlgorithm, env: ArmVecEnv) -> str:
    """The states of every generator that a training draws from, as JSON."""
    kind, keys, position, has_gauss, gauss = np.random.get_state()
    states: dict[str, Any] = {
        "torch": _encode(torch.get_rng_state()),
        "cuda": [_encode(state) for state in torch.cuda.get_rng_state_all()],
        "numpy": [kind, np.asarray(keys).tolist(), position, has_gauss, gauss],
        "python": random.getstate(),
        "starts": env.random.bit_generator.state,
        # SAC acts at random until it has learnt something.
        "actions": model.action_space.np_random.bit_generator.state,
    }
    return json.dumps(states)


def _restore_random_state(path: Path, model: BaseAlgorithm, env: ArmVecEnv) -> None:
    with zipfile.ZipFile(path) as archive:
        states = json.loads(archive.read(_RANDOM))
    torch.set_rng_state(_decode(states["torch"]))
    if len(states["cuda"]) == torch.cuda.device_count():
        torch.cuda.set_rng_state_all([_decode(state) for state in states["cuda"]])
    np.random.set_state(tuple(states["numpy"]))
    version, words, gauss = states["python"]
    random.setstate((version, tuple(words), gauss))
    env.random.bit_generator.state = states["starts"]
    model.action_space.np_random.bit_generator.state = states["actions"]


def _encode(state: torch.Tensor) -> str:
    return base64.b64encode(state.numpy().tobytes()).decode()


def _decode(text: str) -> torch.Tensor:
    return torch.frombuffer(bytearray(base64.b64decode(text)), dtype=torch.uint8)
