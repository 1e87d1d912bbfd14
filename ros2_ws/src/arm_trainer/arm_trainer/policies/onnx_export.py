"""Writing policy bundles: a network as ONNX, described, and checked against PyTorch at work."""

import hashlib
import json
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from stable_baselines3.common.base_class import BaseAlgorithm
from torch import Tensor

from arm_sim.common.errors import UserError
from arm_trainer.backends.backend import InProcessBackend
from arm_trainer.backends.camera_views import Views
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.policies.bundle import DESCRIPTION, FORMAT, MODEL, Policy, json_hash
from arm_trainer.tasks.reach import Reach, selection_generator
from arm_trainer.training.run_folder import atomic_folder

# Single precision, summed in another order; more means another function.
_LARGEST_DIFFERENCE = 1e-4
_PERIODS = 20
_ARMS = 64
# Drawing takes its time, and a stack of frames is some 100 kB.
_SEEING_ARMS = 4


def export_bundle(
    model: BaseAlgorithm | torch.nn.Module,
    task: Reach,
    folder: Path,
    training: dict[str, Any],
    views: Views | None = None,
) -> float:
    """Writes a trained policy as a bundle; checks it against PyTorch on what it sees at work.

    Args:
        model: An SB3 algorithm, which with `views` takes {"images": frames, "state": observations},
            or a module whose `forward(observation, images)` gives (action, target), with `views`.
        task: What it was trained on.
        folder: The bundle's folder; replaced whole.
        training: A summary of the training, kept in the bundle.
        views: What it sees through; None for a policy that is told where the target is.

    Returns:
        The largest difference between ONNX Runtime's and PyTorch's outputs.

    Raises:
        UserError: If it can't be written, or does not act as the model does.
    """
    network = _Network(model)
    with atomic_folder(folder) as temporary, _on_cpu(network):
        inputs, wanted = _at_work(network, task, views)
        _export_onnx(network, inputs, temporary / MODEL)
        onnx = (temporary / MODEL).read_bytes()
        description = _describe(task, views, training, hashlib.sha256(onnx).hexdigest())
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


class _Network(torch.nn.Module):
    """What is exported: mean actions, clipped as the environment clips them, and any target."""

    def __init__(self, model: BaseAlgorithm | torch.nn.Module) -> None:
        super().__init__()
        self._sb3 = isinstance(model, BaseAlgorithm)
        self.policy: Any = model.policy if isinstance(model, BaseAlgorithm) else model

    def forward(self, observation: Tensor, images: Tensor | None = None) -> tuple[Tensor, ...]:
        if not self._sb3:
            action, target = self.policy(observation, images)
            return torch.clamp(action, -1.0, 1.0), target
        seen = observation if images is None else {"images": images, "state": observation}
        return (torch.clamp(self.policy._predict(seen, deterministic=True), -1.0, 1.0),)


@contextmanager
def _on_cpu(network: _Network) -> Iterator[None]:
    """Lends a network for inference, and leaves it where it was, and as it was."""
    device = next((weights.device for weights in network.parameters()), torch.device("cpu"))
    training = network.policy.training
    try:
        network.cpu().eval()
        yield
    finally:
        network.to(device).train(training)


def _at_work(
    network: _Network, task: Reach, views: Views | None
) -> tuple[list[NDArray[Any]], list[NDArray[np.float32]]]:
    """Returns what the policy sees in episodes of its own, and what PyTorch answers.

    Returns:
        Observations (N, O) and, with `views`, frames (N, S·K·3, H, W); actions (N, A) and, from a
        policy that names them, targets (N, 3).
    """
    arms = _ARMS if views is None else _SEEING_ARMS
    backend = InProcessBackend(task.robot, arms, task.control_period, views=views)
    episodes = BatchEnv(task, backend, views=views)
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


def _describe(
    task: Reach, views: Views | None, training: dict[str, Any], onnx_sha256: str
) -> dict[str, Any]:
    robot = task.robot
    scale = robot.velocity_limits[robot.arm] * task.control_period
    description: dict[str, Any] = {
        "format": FORMAT,
        "robot": robot.name,
        "kinematics_sha256": robot.kinematics_hash,
        "joints": [robot.joint_names[i] for i in robot.arm],
        "joint_units": [robot.joint_units[i] for i in robot.arm],
        "action": "joint_increment",
        "action_scale": scale.tolist(),
        "control_rate": task.settings.control_rate,
        "observation": list(task.observation_names),
        "observation_scale": task.observation_scale.tolist(),
        "cameras": [] if views is None else list(views.cameras),
        "frame_stack": 0 if views is None else views.stack,
        "image_size": 0 if views is None else views.size,
        "reach": vars(task.settings),
        "training": training,
        "onnx_sha256": onnx_sha256,
    }
    return description | {"json_sha256": json_hash(description)}
