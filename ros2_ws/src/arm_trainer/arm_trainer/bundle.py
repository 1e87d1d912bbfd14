"""Policy bundles: all that is needed to run a policy right, and nothing that runs by itself.

A folder with `policy.onnx` and `policy.json`. Loading one reads JSON and an ONNX graph, checks
their hashes and whether they fit the robot; nothing is unpickled.
"""

import hashlib
import json
import os
import stat
import warnings
from pathlib import Path
from typing import Any, Literal

import numpy as np
import onnxruntime
import pydantic
from numpy.typing import NDArray

from arm_sim.errors import UserError
from arm_sim.robot import Robot
from arm_sim.settings import build, settings
from arm_trainer.backend import InProcessBackend
from arm_trainer.episodes import Episodes
from arm_trainer.run_folder import atomic_folder
from arm_trainer.task import Reach, ReachSettings, selection_generator

_FORMAT = 1
_MODEL = "policy.onnx"
_DESCRIPTION = "policy.json"
# Bytes; a description beyond this would be one to fill a log with.
_LARGEST = {_MODEL: 256 * 2**20, _DESCRIPTION: 2**20}
# The key by which an ONNX graph names a file that holds its weights; it is spelled in no other way.
_KEY_OF_OTHER_FILES = b"location"
# Single precision, summed in another order; more means another function.
_LARGEST_DIFFERENCE = 1e-4
_RECORDED_ARMS, _RECORDED_PERIODS = 64, 20


@settings
class PolicyDescription:
    """`policy.json`: what the network expects and what its output means."""

    format: int
    robot: str
    kinematics_sha256: str
    joints: list[str]
    joint_units: Literal["rad"]
    action: Literal["joint_increment"]
    action_scale: list[float] = pydantic.Field(
        description="Increment of each joint at action 1, rad"
    )
    control_rate: float = pydantic.Field(gt=0, description="Hz")
    observation: list[str] = pydantic.Field(description="What each input is, in order, in SI units")
    observation_scale: list[float] = pydantic.Field(description="What each input is multiplied by")
    cameras: list[str]
    frame_stack: int
    reach: ReachSettings
    training: dict[str, Any]
    onnx_sha256: str
    json_sha256: str


def find_bundle(path: Path) -> Path:
    """Returns the bundle's folder, given a bundle or a run folder."""
    # Unlike Path.is_dir, this has no objection to a path that is too long or not permitted.
    return path / "policy" if os.path.isdir(path / "policy") else path


def is_bundle_folder(folder: Path) -> bool:
    """Returns whether a folder holds nothing but a bundle's files, so that it may be replaced."""
    return {file.name for file in folder.iterdir()} <= {_MODEL, _DESCRIPTION}


def export_bundle(model: Any, task: Reach, folder: Path, training: dict[str, Any]) -> float:
    """Writes a trained SB3 model as a bundle; checks it against PyTorch on what it sees at work.

    Args:
        model: The SB3 algorithm.
        task: What it was trained on.
        folder: The bundle's folder; replaced whole.
        training: A summary of the training, kept in the bundle.

    Returns:
        The largest difference between ONNX Runtime's and PyTorch's actions.

    Raises:
        UserError: If it can't be written, or does not act as the model does.
    """
    robot = task.robot
    with atomic_folder(folder) as temporary:
        observations = _record_observations(model, task)
        _export_onnx(model, observations[:1], temporary / _MODEL)
        onnx = (temporary / _MODEL).read_bytes()
        scale = robot.velocity_limits[robot.arm] * task.control_period
        description: dict[str, Any] = {
            "format": _FORMAT,
            "robot": robot.name,
            "kinematics_sha256": robot.kinematics_hash,
            "joints": [robot.joint_names[i] for i in robot.arm],
            "joint_units": "rad",
            "action": "joint_increment",
            "action_scale": scale.tolist(),
            "control_rate": task.settings.control_rate,
            "observation": list(task.observation_names),
            "observation_scale": task.observation_scale.tolist(),
            "cameras": [],
            "frame_stack": 0,
            "reach": vars(task.settings),
            "training": training,
            "onnx_sha256": hashlib.sha256(onnx).hexdigest(),
        }
        description["json_sha256"] = _json_hash(description)
        text = json.dumps(description, indent=2) + "\n"
        (temporary / _DESCRIPTION).write_text(text, encoding="utf-8")
        wanted, _ = model.predict(observations, deterministic=True)
        difference = float(np.abs(Policy(temporary).act(observations) - wanted).max())
        if not difference <= _LARGEST_DIFFERENCE:
            raise UserError(
                f"The exported policy's actions differ from PyTorch's by {difference:.2g}, more "
                f"than {_LARGEST_DIFFERENCE:g}; nothing was written to {folder}."
            )
        return difference


class Policy:
    """A loaded bundle; `act` gives actions for observations.

    Attributes:
        description: The bundle's `policy.json`.
        folder: Where it was loaded from.
    """

    def __init__(self, folder: Path) -> None:
        """Loads a bundle.

        Raises:
            UserError: If it is not one, was changed, or is of a newer format.
        """
        self.folder = folder
        self.description, onnx = _read(folder)
        options = onnxruntime.SessionOptions()
        # A small network: threads would only cost, and take cores from the simulator.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(onnx, options, ["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime's exceptions share no public base.
            raise UserError(f"{folder / _MODEL} is not an ONNX policy: {_short(error)}") from error
        inputs = [(node.name, node.shape[1:]) for node in self._session.get_inputs()]
        outputs = [(node.name, node.shape[1:]) for node in self._session.get_outputs()]
        sizes = len(self.description.observation), len(self.description.joints)
        if inputs != [("observation", [sizes[0]])] or outputs != [("action", [sizes[1]])]:
            raise UserError(
                f"{folder / _MODEL} takes {inputs} and gives {outputs} instead of "
                f"observation [{sizes[0]}] and action [{sizes[1]}]."
            )
        # Better here than with the arm in motion. The first action is also the slowest one.
        try:
            self.act(np.zeros((1, sizes[0]), np.float32))
        except Exception as error:
            raise UserError(f"{folder / _MODEL} does not act: {_short(error)}") from error

    def act(self, observations: NDArray[np.float32]) -> NDArray[np.float32]:
        """Returns actions (N, A) for observations (N, O)."""
        (actions,) = self._session.run(["action"], {"observation": observations})
        return actions

    def task_for(self, robot: Robot) -> Reach:
        """Returns the task that the policy was trained on, for this robot.

        Raises:
            UserError: If the policy does not fit the robot.
        """
        given = self.description
        task = Reach(robot, given.reach)
        scale = robot.velocity_limits[robot.arm] * task.control_period
        misfits = []
        if given.robot != robot.name:
            misfits.append(f"it is for '{given.robot}', this is '{robot.name}'")
        joints = [robot.joint_names[i] for i in robot.arm]
        if given.joints != joints:
            misfits.append(
                f"its joints are {', '.join(given.joints)}, the robot's {', '.join(joints)}"
            )
        elif given.kinematics_sha256 != robot.kinematics_hash:
            misfits.append("the robot's kinematics or limits have changed since it was trained")
        elif len(given.action_scale) != len(scale) or not np.allclose(
            given.action_scale, scale, rtol=1e-9, atol=0
        ):
            misfits.append("its action scaling is not the robot's velocity limits")
        if (given.observation, given.observation_scale) != (
            list(task.observation_names),
            task.observation_scale.tolist(),
        ):
            misfits.append(f"it observes {', '.join(given.observation)}")
        if given.cameras or given.frame_stack:
            misfits.append("it wants camera images, which this version does not give")
        if given.control_rate != given.reach.control_rate:
            misfits.append("its control rates contradict each other")
        if misfits:
            raise UserError(
                f"The policy {self.folder} does not fit the robot: {'; '.join(misfits)}."
            )
        return task


def _read(folder: Path) -> tuple[PolicyDescription, bytes]:
    """Reads a bundle's files and checks format and hashes."""
    try:
        text = _read_file(folder / _DESCRIPTION).decode("utf-8")
        onnx = _read_file(folder / _MODEL)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not text"
        raise UserError(
            f"{folder} is not a policy bundle, a folder with {_MODEL} and {_DESCRIPTION}: {reason}."
        ) from error
    try:
        values = json.loads(text)
        json_sha256 = _json_hash(values) if isinstance(values, dict) else ""
    except (ValueError, RecursionError) as error:
        raise UserError(f"{folder / _DESCRIPTION} is not JSON: {_short(error)}.") from error
    if not isinstance(values, dict):
        raise UserError(f"{folder / _DESCRIPTION} does not describe a policy.")
    if values.get("format") != _FORMAT:
        raise UserError(
            f"{folder} has format {_short(values.get('format'))}; this version reads format "
            f"{_FORMAT}."
        )
    description = build(PolicyDescription, values, str(folder / _DESCRIPTION))
    if description.json_sha256 != json_sha256:
        raise UserError(
            f"{folder / _DESCRIPTION} was changed after the export: its SHA-256 differs."
        )
    if description.onnx_sha256 != hashlib.sha256(onnx).hexdigest():
        raise UserError(f"{folder / _MODEL} was changed after the export: its SHA-256 differs.")
    if _KEY_OF_OTHER_FILES in onnx:
        # They would be outside the hashes, and anywhere.
        raise UserError(f"{folder / _MODEL} is not an ONNX policy: it keeps data in other files.")
    return description, onnx


def _read_file(path: Path) -> bytes:
    """Reads an ordinary file of no more than its largest size; a pipe or a device might never end.

    Raises:
        OSError: If it can't be read.
        UserError: If it is something else.
    """
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise UserError(f"{path.parent} is not a policy bundle: {path.name} is not a file.")
        largest = _LARGEST[path.name]
        # Read before it is measured, as it might grow; but no further than need be.
        content = file.read(largest + 1) if status.st_size <= largest else None
    if content is None or len(content) > largest:
        raise UserError(f"{path.parent} is not a policy bundle: {path.name} is too large.")
    return content


def _json_hash(values: dict[str, Any]) -> str:
    rest = {key: value for key, value in values.items() if key != "json_sha256"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def _export_onnx(model: Any, example: NDArray[np.float32], path: Path) -> None:
    import torch

    class Deterministic(torch.nn.Module):
        """The policy's mean action, clipped as the environment clips it."""

        def __init__(self) -> None:
            super().__init__()
            self.policy = model.policy

        def forward(self, observation: torch.Tensor) -> torch.Tensor:
            action = self.policy._predict(observation, deterministic=True)
            return torch.clamp(action, -1.0, 1.0)

    network = Deterministic().cpu().eval()
    with warnings.catch_warnings():
        # The TorchScript exporter is deprecated, but the new one needs a further package
        # (onnxscript).
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            (torch.from_numpy(example),),
            str(path),
            input_names=["observation"],
            output_names=["action"],
            dynamic_axes={"observation": {0: "arms"}, "action": {0: "arms"}},
            dynamo=False,
        )
    model.policy.to(model.device)


def _record_observations(model: Any, task: Reach) -> NDArray[np.float32]:
    """Returns what the policy sees in episodes of its own, with which the export is checked."""
    backend = InProcessBackend(task.robot, _RECORDED_ARMS, task.control_period)
    episodes = Episodes(task, backend)
    episodes.seed(selection_generator())
    episodes.reset(np.arange(_RECORDED_ARMS))
    recorded = [episodes.observations]
    for _ in range(_RECORDED_PERIODS):
        actions, _ = model.predict(episodes.observations, deterministic=True)
        recorded.append(episodes.step(actions).observations)
    return np.concatenate(recorded)


def _short(said: object) -> str:
    """Returns what an exception or a file says as part of a sentence that any terminal can show."""
    return " ".join(str(said).split())[:200].encode(errors="backslashreplace").decode()
