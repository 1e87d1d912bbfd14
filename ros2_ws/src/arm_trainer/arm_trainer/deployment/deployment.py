"""Deployment: all that one configuration of the controller node consists of; no ROS."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pydantic

from arm_sim.common.arrays import Floats
from arm_sim.common.config import settings
from arm_sim.common.errors import UserError
from arm_sim.scene.loader import RobotSource
from arm_trainer.deployment.controller import Controller
from arm_trainer.deployment.reachable_targets import ReachableTargets
from arm_trainer.deployment.target_sequence import read_targets
from arm_trainer.policies.bundle import Policy
from arm_trainer.policies.bundle_files import find_bundle
from arm_trainer.policies.compatibility import register_own

SHADOW_TOPIC = "shadow_command"


@settings
class ControllerParameters:
    """The controller node's parameters; all are read when it is configured."""

    policy: str = pydantic.Field("", description="Policy bundle, or run folder that contains it")
    model: str = pydantic.Field(
        "fetch_arm", description="Built-in robot's name, or path to an MJCF or URDF file"
    )
    scene: str = pydantic.Field(
        "", description="Path to a scene YAML; by default the file of the model's name beside it"
    )
    task: str = pydantic.Field(
        "",
        description="A task of your own that the policy was trained on, as path/to/file.py:Class; "
        "the file is run",
    )
    action: str = pydantic.Field(
        "", description="An action of your own that the policy was trained with, likewise"
    )
    autostart: bool = pydantic.Field(
        True, description="Configure and activate as soon as joint states arrive"
    )
    command_interface: Literal["joint_command", "joint_trajectory", "position_array"] = (
        pydantic.Field(
            "joint_command",
            description="joint_command; or joint_trajectory for ros2_control's "
            "joint_trajectory_controller, position_array for its forward_command_controller",
        )
    )
    command_gripper: bool = pydantic.Field(
        True, description="Whether commands contain the gripper's joints, after the arm's"
    )
    shadow: bool = pydantic.Field(
        False, description=f"Publish commands on {SHADOW_TOPIC} only, so that the arm does not move"
    )
    speed_scale: float = pydantic.Field(
        1.0, ge=0.01, le=1.0, description="Factor for the joints' velocity limits"
    )
    max_observation_age: float = pydantic.Field(
        0.0,
        ge=0.0,
        le=10.0,
        description="Age, s, after which a joint state or a camera image is stale and the arm is "
        "held; 0: two control periods",
    )
    targets_file: str = pydantic.Field(
        "",
        description="YAML file of targets to reach one after the other: "
        "'targets: [[x, y, z], …]', m",
    )


@dataclass(frozen=True)
class Deployment:
    """A policy for one robot, and how it is to be used.

    Attributes:
        controller: The policy with its shield.
        command_interface: A key of `COMMAND_INTERFACES`.
        max_age: Age after which a joint state or a camera image is stale, s.
        command_gripper: Whether commands contain the gripper's joints.
        shadow: Whether commands go to SHADOW_TOPIC instead of to the arm.
        reachable: The region that the policy was trained for.
        targets: (3,) each, to be reached one after the other; empty if others give the targets.
    """

    controller: Controller
    command_interface: str
    max_age: float
    command_gripper: bool
    shadow: bool
    reachable: ReachableTargets
    targets: list[Floats]


def load_deployment(parameters: ControllerParameters) -> Deployment:
    """Loads everything that the parameters name.

    Raises:
        UserError: If a file is missing or invalid, or the policy does not fit the robot.
    """
    if not parameters.policy:
        raise UserError("Parameter 'policy' is missing: give a policy bundle or a run folder.")
    register_own(parameters.task, parameters.action)
    policy = Policy(find_bundle(Path(parameters.policy)))
    robot = policy.source(RobotSource(parameters.model, parameters.scene)).load()
    controller = Controller(policy, robot, parameters.speed_scale)
    file = parameters.targets_file
    return Deployment(
        controller=controller,
        command_interface=parameters.command_interface,
        max_age=parameters.max_observation_age or 2.0 * controller.interface.control_period,
        command_gripper=parameters.command_gripper,
        shadow=parameters.shadow,
        reachable=ReachableTargets(controller.interface.task),
        targets=read_targets(Path(file)) if file else [],
    )
