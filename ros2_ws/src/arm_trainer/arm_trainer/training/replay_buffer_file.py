"""Replay buffers as .npz files, which hold plain arrays only and are read without unpickling."""

from pathlib import Path

import numpy as np
from stable_baselines3.common.buffers import ReplayBuffer

from arm_sim.common.atomic_files import atomic_write
from arm_trainer.algorithms.frame_replay_buffer import FrameReplayBuffer
from arm_trainer.algorithms.hindsight import HindsightReplayBuffer

# Buffers that know themselves what is to be saved of them.
_OWN = (FrameReplayBuffer, HindsightReplayBuffer)
_ARRAYS = ("observations", "next_observations", "actions", "rewards", "dones", "timeouts")


def save_replay_buffer(buffer: ReplayBuffer, path: Path) -> None:
    """Writes the transitions of a replay buffer atomically.

    Raises:
        UserError: If the file can't be written.
    """
    if isinstance(buffer, _OWN):
        arrays = buffer.to_arrays()
    else:
        size = buffer.size()
        arrays = {name: getattr(buffer, name)[:size] for name in _ARRAYS}
        arrays |= {"position": np.array(buffer.pos), "full": np.array(buffer.full)}
    with atomic_write(path) as temporary:
        np.savez(temporary, **arrays)  # type: ignore[arg-type]


def load_replay_buffer(buffer: ReplayBuffer, path: Path) -> None:
    """Fills an empty replay buffer of the same sizes with the transitions of a file.

    Raises:
        EOFError, KeyError, OSError, ValueError, zipfile.BadZipFile: If the file is damaged.
    """
    with np.load(path, allow_pickle=False) as saved:
        if isinstance(buffer, _OWN):
            buffer.restore(saved)
            return
        for name in _ARRAYS:
            rows = saved[name]
            getattr(buffer, name)[: len(rows)] = rows
        buffer.pos, buffer.full = int(saved["position"]), bool(saved["full"])
