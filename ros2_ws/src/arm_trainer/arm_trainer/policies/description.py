"""PolicyDescription: the fields of a bundle's `policy.json`; `describe` fills them at export.

A new field goes into both, and raises FORMAT, as bundles from before lack it. `compatibility.py`
checks the fields against a robot.
"""

import dataclasses
import hashlib
import json
from typing import Any, Literal

import pydantic

from arm_sim.common.config import settings
from arm_trainer.backends.camera_views import Views
from arm_trainer.envs.policy_interface import PolicyInterface

# 3: names task, action and observation terms.
FORMAT = 3


@settings
class TaskDescription:
    """The task that a policy was trained on."""

    name: str = pydantic.Field(max_length=80)
    config: dict[str, Any] = pydantic.Field(description="The task's settings")


@settings
class ActionDescription:
    """The meaning of a policy's outputs."""

    name: str = pydantic.Field(max_length=80)
    outputs: list[str] = pydantic.Field(description="What each output is, in order")
    scale: list[float] = pydantic.Field(description="What an output of 1 means, in SI units")


@settings
class ObservationDescription:
    """The input of a policy."""

    terms: list[str] = pydantic.Field(description="Names of the observation terms, in order")
    columns: list[str] = pydantic.Field(description="What each input is, in order, in SI units")
    scale: list[float] = pydantic.Field(description="Factor of each input")


@settings
class PolicyDescription:
    """`policy.json`: what a network observes, what its outputs mean, and for which robot."""

    format: int
    robot: str
    kinematics_sha256: str
    joints: list[str]
    joint_units: list[Literal["rad", "m"]]
    task: TaskDescription
    action: ActionDescription
    observation: ObservationDescription
    control_rate: float = pydantic.Field(gt=0, description="Hz")
    cameras: list[str] = pydantic.Field(
        max_length=8,
        description="The cameras it sees, in order; empty for a policy that observes the goal",
    )
    frame_stack: int = pydantic.Field(
        ge=0, le=16, description="Frames of each camera that it sees at once"
    )
    image_size: int = pydantic.Field(0, ge=0, le=512, description="Width and height of a frame, px")
    training: dict[str, Any]
    onnx_sha256: str
    json_sha256: str


def describe(
    interface: PolicyInterface, views: Views | None, training: dict[str, Any], onnx_sha256: str
) -> dict[str, Any]:
    """Returns the content of `policy.json`; see `PolicyDescription`."""
    robot, task, action = interface.robot, interface.task, interface.action
    observation = interface.observation
    description: dict[str, Any] = {
        "format": FORMAT,
        "robot": robot.name,
        "kinematics_sha256": robot.kinematics_hash,
        "joints": [robot.joint_names[i] for i in robot.arm],
        "joint_units": [robot.joint_units[i] for i in robot.arm],
        "task": {"name": task.name, "config": dataclasses.asdict(task.config)},
        "action": {
            "name": action.name,
            "outputs": list(interface.outputs),
            "scale": interface.output_scale.tolist(),
        },
        "observation": {
            "terms": list(observation.terms),
            "columns": list(observation.names),
            "scale": observation.scale.tolist(),
        },
        "control_rate": task.config.control_rate,
        "cameras": [] if views is None else list(views.cameras),
        "frame_stack": 0 if views is None else views.stack,
        "image_size": 0 if views is None else views.size,
        "training": training,
        "onnx_sha256": onnx_sha256,
    }
    return description | {"json_sha256": json_hash(description)}


def json_hash(values: dict[str, Any]) -> str:
    """Returns the SHA-256 of a description, without that SHA-256 itself."""
    rest = {key: value for key, value in values.items() if key != "json_sha256"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()
