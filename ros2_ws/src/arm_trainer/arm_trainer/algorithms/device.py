"""Choice of the device that a training computes on."""

import torch

from arm_sim.common.errors import UserError
from arm_trainer.algorithms.algorithm import Algorithm


def choose_device(algorithm: Algorithm, wanted: str) -> tuple[str, str]:
    """Returns the device for a training and the reason, for instance ('cpu', 'as asked').

    Args:
        algorithm: The algorithm. Those with a replay buffer spend most of their time in gradient
            steps, which a GPU speeds up; for the others' small networks the CPU is faster.
        wanted: 'auto', 'cpu' or 'cuda'.

    Raises:
        UserError: If 'cuda' is wanted and PyTorch finds no GPU.
    """
    has_gpu = torch.cuda.is_available()
    if wanted == "cuda":
        if not has_gpu:
            raise UserError(
                "Device 'cuda' was asked for, but PyTorch finds no GPU (valid here: auto, cpu)."
            )
        return "cuda", f"as asked: {torch.cuda.get_device_name()}"
    if wanted == "cpu":
        return "cpu", "as asked"
    if not has_gpu:
        return "cpu", "there is no GPU"
    if algorithm.has_replay_buffer:
        return "cuda", f"{algorithm.label}'s updates gain from {torch.cuda.get_device_name()}"
    return "cpu", "a network this small is faster on the CPU"
