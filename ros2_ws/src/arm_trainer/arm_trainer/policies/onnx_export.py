"""Export of a policy bundle: the network as ONNX, and a check that it acts as in PyTorch.

What `policy.json` says is in `description.py`.
"""

import hashlib
import json
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from stable_baselines3.common.base_class import BaseAlgorithm
from torch import Tensor

from arm_sim.common.atomic_files import atomic_folder, write_text
from arm_sim.common.errors import UserError
from arm_trainer.backends.camera_views import Views
from arm_trainer.backends.in_process import InProcessBackend
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.envs.spaces import in_form
from arm_trainer.policies.bundle import Policy
from arm_trainer.policies.bundle_files import DESCRIPTION, MODEL
from arm_trainer.policies.description import describe, json_hash
from arm_trainer.tasks.seeding import selection_generator

# ONNX Runtime and PyTorch sum in different orders, in single precision, so their outputs differ a
# little. A larger difference means that the network was exported wrongly.
_LARGEST_DIFFERENCE = 1e-4
_PERIODS = 20
_ARMS = 64
# Rendering takes time, and a stack of frames is some 100 kB.
_ARMS_WITH_VIEWS = 4


def export_bundle(
    model: BaseAlgorithm | torch.nn.Module,
    interface: PolicyInterface,
    folder: Path,
    training: dict[str, Any],
    views: Views | None = None,
) -> float:
    """Writes a trained policy as a bundle, and compares it with PyTorch in some episodes.

    Args:
        model: An SB3 algorithm, which takes observations as `spaces.in_form` gives them, or a
            module whose `forward(observation, images)` gives (action, target), with `views`.
        interface: Task, action and observation that it was trained with.
        folder: The bundle's folder; if it exists, all of it is replaced.
        training: A summary of the training, kept in the bundle.
        views: The cameras that it sees; None for a policy that observes the goal.

    Returns:
        The largest difference between ONNX Runtime's and PyTorch's outputs.

    Raises:
        UserError: If it can't be written, or does not act as the model does.
    """
    network = _Network(model, interface)
    with atomic_folder(folder) as temporary, _on_cpu(network):
        inputs, wanted = _sample(network, interface, views)
        _export_onnx(network, inputs, temporary / MODEL)
        onnx = (temporary / MODEL).read_bytes()
        description = describe(interface, views, training, hashlib.sha256(onnx).hexdigest())
        text = json.dumps(description, indent=2) + "\n"
        (temporary / DESCRIPTION).write_text(text, encoding="utf-8")
        found = [part for part in Policy(temporary).act_and_locate(*inputs) if part is not None]
        difference = max(float(np.abs(a - b).max()) for a, b in zip(found, wanted, strict=True))
        if not difference <= _LARGEST_DIFFERENCE:
            raise UserError(
                f"The exported policy's outputs differ from PyTorch's by {difference:.2g}, more "
                f"than {_LARGEST_DIFFERENCE:g}; nothing was written to {folder}."
            )
        return difference


def record_training(folder: Path, values: Mapping[str, Any]) -> None:
    """Adds values to what a bundle says of its training.

    Raises:
        UserError: If it can't be written.
    """
    file = folder / DESCRIPTION
    description = json.loads(file.read_text(encoding="utf-8"))
    description["training"] |= values
    description["json_sha256"] = json_hash(description)
    write_text(file, json.dumps(description, indent=2) + "\n")


class _Network(torch.nn.Module):
    """The exported network: mean actions, clipped to [-1, 1], and the target estimate, if any."""

    def __init__(self, model: BaseAlgorithm | torch.nn.Module, interface: PolicyInterface) -> None:
        super().__init__()
        self._interface = interface
        self._sb3 = isinstance(model, BaseAlgorithm)
        self.policy: Any = model.policy if isinstance(model, BaseAlgorithm) else model

    def forward(self, observation: Tensor, images: Tensor | None = None) -> tuple[Tensor, ...]:
        if not self._sb3:
            action, target = self.policy(observation, images)
            return torch.clamp(action, -1.0, 1.0), target
        seen = in_form(self._interface, observation, images)
        return (torch.clamp(self.policy._predict(seen, deterministic=True), -1.0, 1.0),)


@contextmanager
def _on_cpu(network: _Network) -> Iterator[None]:
    """Moves a network to the CPU in evaluation mode for the duration."""
    device = next((weights.device for weights in network.parameters()), torch.device("cpu"))
    training = network.policy.training
    try:
        network.cpu().eval()
        yield
    finally:
        network.to(device).train(training)


def _sample(
    network: _Network, interface: PolicyInterface, views: Views | None
) -> tuple[list[NDArray[Any]], list[NDArray[np.float32]]]:
    """Runs the policy with PyTorch in some episodes, to have something to compare with.

    Returns:
        Inputs of all periods: observations (N, O) and, with `views`, frames (N, S·K·3, H, W).
        PyTorch's outputs: actions (N, A) and, from a policy that estimates them, targets (N, 3).
    """
    arms = _ARMS if views is None else _ARMS_WITH_VIEWS
    backend = InProcessBackend(interface.robot, arms, interface.control_period, views=views)
    episodes = BatchEnv(interface, backend, views=views)
    episodes.seed(selection_generator())
    episodes.reset(np.arange(arms))
    inputs: list[list[NDArray[Any]]] = []
    outputs: list[list[NDArray[np.float32]]] = []
    for _ in range(_PERIODS):
        seen: list[NDArray[Any]] = [episodes.observations]
        if episodes.frames is not None:
            seen.append(episodes.frames)
        with torch.no_grad():
            answer = [part.numpy() for part in network(*map(torch.from_numpy, seen))]
        inputs.append(seen)
        outputs.append(answer)
        episodes.step(answer[0])
    backend.close()
    return (
        [np.concatenate(parts) for parts in zip(*inputs, strict=True)],
        [np.concatenate(parts) for parts in zip(*outputs, strict=True)],
    )


def _export_onnx(network: _Network, inputs: Sequence[NDArray[Any]], path: Path) -> None:
    names = ["observation", "images"][: len(inputs)]
    example = tuple(torch.from_numpy(values[:1]) for values in inputs)
    with torch.no_grad():
        outputs = ["action", "target"][: len(network(*example))]
    with warnings.catch_warnings():
        # The TorchScript exporter is deprecated, but the new one needs a further package
        # (onnxscript).
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            example,
            str(path),
            input_names=names,
            output_names=outputs,
            dynamic_axes={name: {0: "arms"} for name in names + outputs},
            dynamo=False,
        )
