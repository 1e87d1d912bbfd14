"""Policy bundles: all that is needed to run a policy right, and nothing that runs by itself.

A folder with `policy.onnx` and `policy.json`. Loading one reads JSON and an ONNX graph, checks
their hashes and whether they fit the robot; nothing is unpickled.
"""

import hashlib
import json
import os
import stat
from pathlib import Path
from typing import Any, Literal

import numpy as np
import onnxruntime
import pydantic
from numpy.typing import NDArray

from arm_sim.common.config import build, settings
from arm_sim.common.errors import UserError
from arm_sim.robot.robot import Robot
from arm_trainer.backends.camera_views import Frames, Views
from arm_trainer.tasks.reach import Reach, ReachSettings

FORMAT = 2
MODEL = "policy.onnx"
DESCRIPTION = "policy.json"
# Bytes; a description beyond this would be one to fill a log with.
_LARGEST = {MODEL: 256 * 2**20, DESCRIPTION: 2**20}
# The key by which an ONNX graph names a file that holds its weights; it is spelled in no other way.
_KEY_OF_OTHER_FILES = b"location"


@settings
class PolicyDescription:
    """`policy.json`: what the network expects and what its output means."""

    format: int
    robot: str
    kinematics_sha256: str
    joints: list[str]
    joint_units: list[Literal["rad", "m"]]
    action: Literal["joint_increment"]
    action_scale: list[float] = pydantic.Field(
        description="Increment of each joint at action 1, in its unit"
    )
    control_rate: float = pydantic.Field(gt=0, description="Hz")
    observation: list[str] = pydantic.Field(description="What each input is, in order, in SI units")
    observation_scale: list[float] = pydantic.Field(description="What each input is multiplied by")
    cameras: list[str] = pydantic.Field(
        max_length=8, description="What it sees through, in order; none for who is told the target"
    )
    frame_stack: int = pydantic.Field(
        ge=0, le=16, description="How many frames of each camera it sees at once"
    )
    image_size: int = pydantic.Field(0, ge=0, le=512, description="Width and height of a frame, px")
    reach: ReachSettings
    training: dict[str, Any]
    onnx_sha256: str
    json_sha256: str


def find_bundle(path: Path) -> Path:
    """Returns the bundle's folder, given a bundle or a run folder.

    Raises:
        UserError: If there is nothing, or a run that has no policy yet.
    """
    # Unlike Path's methods, these have no objection to a path that is too long or not permitted.
    if not os.path.lexists(path):
        raise UserError(f"There is no {_short(path)}.")
    if os.path.isdir(path / "policy"):
        return path / "policy"
    if os.path.isfile(path / "settings.yaml"):
        raise UserError(
            f"{path} has no policy yet: it is not finished, go on with "
            f"'./arm train --resume {path}'."
        )
    return path


def is_bundle_folder(folder: Path) -> bool:
    """Returns whether a folder holds nothing but a bundle's files, so that it may be replaced."""
    return {file.name for file in folder.iterdir()} <= {MODEL, DESCRIPTION}


class Policy:
    """A loaded bundle; `act` gives actions for observations, and for frames if it sees.

    Attributes:
        description: The bundle's `policy.json`.
        folder: Where it was loaded from.
        views: What it sees through; None for a policy that is told where the target is.
    """

    def __init__(self, folder: Path) -> None:
        """Loads a bundle.

        Raises:
            UserError: If it is not one, was changed, or is of a newer format.
        """
        self.folder = folder
        self.description, onnx = _read(folder)
        self.views = self._views()
        options = onnxruntime.SessionOptions()
        # A small network: threads would only cost, and take cores from the simulator.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(onnx, options, ["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime's exceptions share no public base.
            raise UserError(f"{folder / MODEL} is not an ONNX policy: {_short(error)}") from error
        inputs = {node.name: node.shape[1:] for node in self._session.get_inputs()}
        outputs = {node.name: node.shape[1:] for node in self._session.get_outputs()}
        actions = len(self.description.joints)
        wanted: dict[str, list[int]] = {"observation": [len(self.description.observation)]}
        if self.views is not None:
            wanted["images"] = list(self.views.shape)
        # Only one that sees may also say where.
        located = {"target": [3]} if self.views is not None and "target" in outputs else {}
        if inputs != wanted or outputs != {"action": [actions], **located}:
            raise UserError(
                f"{folder / MODEL} takes {_signature(inputs)} and gives {_signature(outputs)} "
                f"instead of {_signature(wanted)} and {_signature({'action': [actions]})}."
            )
        self._outputs = ["action", *located]
        # Better here than with the arm in motion. The first action is also the slowest one.
        try:
            blind = np.zeros((1, len(self.description.observation)), np.float32)
            dark = None if self.views is None else np.zeros((1, *self.views.shape), np.uint8)
            self.act(blind, dark)
        except Exception as error:
            raise UserError(f"{folder / MODEL} does not act: {_short(error)}") from error

    def act(
        self, observations: NDArray[np.float32], frames: Frames | None = None
    ) -> NDArray[np.float32]:
        """Returns actions (N, A).

        Args:
            observations: (N, O).
            frames: (N, S·K·3, H, W), as `FrameStack.frames`, for a policy that sees.
        """
        return self.act_and_locate(observations, frames)[0]

    def act_and_locate(
        self, observations: NDArray[np.float32], frames: Frames | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
        """As `act`, with where the policy takes the targets to be.

        Returns:
            Actions (N, A), and target positions (N, 3), m, or None from a policy that names none.
        """
        given: dict[str, Any] = {"observation": observations}
        if self.views is not None:
            given["images"] = frames
        actions, *targets = self._session.run(self._outputs, given)
        return actions, targets[0] if targets else None

    def _views(self) -> Views | None:
        """Reads what the policy sees through.

        Raises:
            UserError: If the description contradicts itself.
        """
        given = self.description
        numbers = (len(given.cameras), given.frame_stack, given.image_size)
        if not any(numbers):
            return None
        if not all(numbers) or len(set(given.cameras)) < len(given.cameras):
            raise UserError(
                f"{self.folder / DESCRIPTION}: {given.frame_stack} frames of {given.image_size} px "
                f"from the cameras {_short(given.cameras)} make no view: a policy that sees has at "
                "least 1 frame of 1 px from cameras that differ."
            )
        return Views(tuple(given.cameras), given.image_size, given.frame_stack)

    def task_for(self, robot: Robot) -> Reach:
        """Returns the task that the policy was trained on, for this robot.

        Raises:
            UserError: If the policy does not fit the robot.
        """
        given = self.description
        if given.robot != robot.name:
            raise UserError(
                f"The policy {self.folder} does not fit the robot: it is for '{given.robot}', "
                f"this is '{robot.name}': give --model (to a node, the parameter 'model')."
            )
        task = Reach(robot, given.reach, target_in_observation=self.views is None)
        scale = robot.velocity_limits[robot.arm] * task.control_period
        misfits = []
        joints = [robot.joint_names[i] for i in robot.arm]
        if given.joints != joints:
            misfits.append(
                f"its joints are {', '.join(given.joints)}, the robot's {', '.join(joints)}"
            )
        elif given.kinematics_sha256 != robot.kinematics_hash:
            misfits.append("the robot's kinematics or limits have changed since it was trained")
        elif given.joint_units != [robot.joint_units[i] for i in robot.arm]:
            misfits.append(f"its joints are measured in {', '.join(given.joint_units)}")
        elif len(given.action_scale) != len(scale) or not np.allclose(
            given.action_scale, scale, rtol=1e-9, atol=0
        ):
            misfits.append("its action scaling is not the robot's velocity limits")
        if (given.observation, given.observation_scale) != (
            list(task.observation_names),
            task.observation_scale.tolist(),
        ):
            misfits.append(f"it observes {', '.join(given.observation)}")
        if unknown := [name for name in given.cameras if name not in robot.cameras]:
            misfits.append(
                f"it sees through {', '.join(unknown)}, the robot's cameras are "
                f"{', '.join(robot.cameras) or 'none'}"
            )
        if given.cameras and given.reach.gripper_distance > 0.0:
            misfits.append(
                "it is not told how near the target is, yet closes the gripper at "
                f"{given.reach.gripper_distance:g} m (valid: 0)"
            )
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
        text = _read_file(folder / DESCRIPTION).decode("utf-8")
        onnx = _read_file(folder / MODEL)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not text"
        raise UserError(
            f"{folder} is not a policy bundle, a folder with {MODEL} and {DESCRIPTION}: {reason}."
        ) from error
    try:
        values = json.loads(text)
        json_sha256 = json_hash(values) if isinstance(values, dict) else ""
    except (ValueError, RecursionError) as error:
        raise UserError(f"{folder / DESCRIPTION} is not JSON: {_short(error)}.") from error
    if not isinstance(values, dict):
        raise UserError(f"{folder / DESCRIPTION} does not describe a policy.")
    if values.get("format") != FORMAT:
        raise UserError(
            f"{folder} has format {_short(values.get('format'))}; this version reads format "
            f"{FORMAT}."
        )
    description = build(PolicyDescription, values, str(folder / DESCRIPTION))
    if description.json_sha256 != json_sha256:
        raise UserError(
            f"{folder / DESCRIPTION} was changed after the export: its SHA-256 differs."
        )
    if description.onnx_sha256 != hashlib.sha256(onnx).hexdigest():
        raise UserError(f"{folder / MODEL} was changed after the export: its SHA-256 differs.")
    if _KEY_OF_OTHER_FILES in onnx:
        # They would be outside the hashes, and anywhere.
        raise UserError(f"{folder / MODEL} is not an ONNX policy: it keeps data in other files.")
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


def json_hash(values: dict[str, Any]) -> str:
    """Returns the SHA-256 of a description, without that SHA-256 itself."""
    rest = {key: value for key, value in values.items() if key != "json_sha256"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def _signature(shapes: dict[str, list[Any]]) -> str:
    """Returns a network's inputs or outputs as part of a sentence."""
    return _short(", ".join(f"{name} {shape}" for name, shape in shapes.items()) or "nothing")


def _short(said: object) -> str:
    """Returns what an exception or a file says as part of a sentence that any terminal can show."""
    return " ".join(str(said).split())[:200].encode(errors="backslashreplace").decode()
