"""Checkpoints: SB3's zip with the random states in it, so that a resumed run goes on as before.

Loading one unpickles (SB3 does), so only a run's own folder is ever loaded, by training and export.
"""

import io
import random
import zipfile
from pathlib import Path

import numpy as np
import torch
from stable_baselines3 import A2C, PPO, SAC
from stable_baselines3.common.base_class import BaseAlgorithm

from arm_sim.errors import UserError
from arm_trainer.env import ReachVecEnv
from arm_trainer.run_folder import RunFolder, atomic_write

CLASSES: dict[str, type[BaseAlgorithm]] = {"ppo": PPO, "a2c": A2C, "sac": SAC}
_RANDOM = "random_state.npz"
_REPLAY = "replay_{steps}.npz"
_REPLAY_ARRAYS = ("observations", "next_observations", "actions", "rewards", "dones", "timeouts")


def save_model(model: BaseAlgorithm, path: Path, env: ReachVecEnv | None = None) -> None:
    """Saves a model, with the random states if `env` is given; whole or not at all.

    Raises:
        UserError: If it can't be written.
    """
    with atomic_write(path) as temporary:
        model.save(temporary)
        if env is not None:
            with zipfile.ZipFile(temporary, "a") as archive:
                archive.writestr(_RANDOM, _random_state(env))


def save_checkpoint(model: BaseAlgorithm, run: RunFolder, steps: int, env: ReachVecEnv) -> None:
    """Saves a checkpoint labelled `steps`, and the replay buffer of an algorithm that has one.

    The buffer is written first and older ones are removed last, so that whenever the process is
    killed, the newest checkpoint is complete or the one before it is.

    Raises:
        UserError: If it can't be written.
    """
    folder = run.checkpoint(steps).parent
    replay = folder / _REPLAY.format(steps=steps)
    if isinstance(model, SAC):
        buffer = model.replay_buffer
        assert buffer is not None
        size = buffer.size()
        with atomic_write(replay) as temporary:
            np.savez(
                temporary,
                position=buffer.pos,
                full=buffer.full,
                **{name: getattr(buffer, name)[:size] for name in _REPLAY_ARRAYS},
            )
    save_model(model, run.checkpoint(steps), env)
    for other in folder.glob(_REPLAY.format(steps="*")):
        if other != replay:
            other.unlink()


def load_model(
    path: Path, algorithm: str, env: ReachVecEnv | None = None, device: str = "cpu"
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
    except (OSError, zipfile.BadZipFile):
        damaged = "the end of the file"
    if damaged is not None:
        raise UserError(f"{path} is damaged ({damaged}); take another checkpoint.")
    try:
        return CLASSES[algorithm].load(path, env=env, device=device)
    except Exception as error:  # Whatever unpickling a foreign file brings up.
        reason = " ".join(str(error).split())
        raise UserError(
            f"{path} is not a {algorithm.upper()} model for this robot: {reason}"
        ) from error


def load_checkpoint(run: RunFolder, env: ReachVecEnv, device: str) -> tuple[int, BaseAlgorithm]:
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
            _restore_random_state(path, env)
        except (UserError, KeyError, ValueError, OSError):
            continue
        return steps, model
    raise UserError(f"{run.path} has no complete checkpoint to resume from.")


def _load_replay(model: SAC, path: Path) -> None:
    buffer = model.replay_buffer
    assert buffer is not None
    with np.load(path, allow_pickle=False) as saved:
        for name in _REPLAY_ARRAYS:
            rows = saved[name]
            getattr(buffer, name)[: len(rows)] = rows
        buffer.pos, buffer.full = int(saved["position"]), bool(saved["full"])


def _random_state(env: ReachVecEnv) -> bytes:
    """The states of every generator that a training draws from, as an .npz without pickles."""
    _, keys, position, has_gauss, gauss = np.random.get_state(legacy=True)
    starts = env.random.bit_generator.state["state"]
    _, python_state, _ = random.getstate()
    output = io.BytesIO()
    np.savez(
        output,
        torch=torch.get_rng_state().numpy(),
        numpy_keys=keys,
        numpy_rest=np.array([position, has_gauss]),
        numpy_gauss=gauss,
        python=np.array(python_state, dtype=np.uint64),
        starts=np.array([str(starts["state"]), str(starts["inc"])]),
    )
    return output.getvalue()


def _restore_random_state(path: Path, env: ReachVecEnv) -> None:
    with zipfile.ZipFile(path) as archive, np.load(io.BytesIO(archive.read(_RANDOM))) as saved:
        torch.set_rng_state(torch.from_numpy(saved["torch"]))
        position, has_gauss = saved["numpy_rest"]
        np.random.set_state(
            (
                "MT19937",
                saved["numpy_keys"],
                int(position),
                int(has_gauss),
                float(saved["numpy_gauss"]),
            )
        )
        random.setstate((3, tuple(int(word) for word in saved["python"]), None))
        state, increment = (int(word) for word in saved["starts"])
        env.random.bit_generator.state = {
            "bit_generator": "PCG64",
            "state": {"state": state, "inc": increment},
            "has_uint32": 0,
            "uinteger": 0,
        }
