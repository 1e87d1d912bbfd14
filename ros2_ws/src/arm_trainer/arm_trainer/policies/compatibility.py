"""Compatibility of a policy bundle with the registered tasks and actions, and with a robot."""

from collections.abc import Iterator

import numpy as np

from arm_sim.common.config import build
from arm_sim.common.errors import UserError
from arm_sim.robot.robot import Robot
from arm_sim.scene.loader import RobotSource
from arm_trainer.actions.action import Action
from arm_trainer.actions.registry import ACTIONS
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.policies.description import PolicyDescription
from arm_trainer.tasks.goal_terms import ACHIEVED
from arm_trainer.tasks.registry import TASKS
from arm_trainer.tasks.task import Task, TaskConfig, source_for


def register_own(task: str | None, action: str | None) -> None:
    """Registers a user's own task and action, given as path/to/file.py:Class; runs their files.

    Raises:
        UserError: If one can't be found.
    """
    if task:
        TASKS.find(task)
    if action:
        ACTIONS.find(action)


def described_task(given: PolicyDescription, source: str) -> tuple[type[Task], TaskConfig]:
    """Returns the task that a description names, and its settings.

    Raises:
        UserError: If the task is not registered, or a setting is wrong.
    """
    task = TASKS.get(given.task.name)
    return task, build(task.config_class, given.task.config, f"{source}: task.config")


def described_source(given: PolicyDescription, source: RobotSource) -> RobotSource:
    """Returns what a robot is loaded from with the objects of the described task.

    Raises:
        UserError: If the robot can't be loaded, or can't do the task.
    """
    task, config = described_task(given, given.task.name)
    return source_for(source, task, config)


def described_action(given: PolicyDescription) -> type[Action]:
    """Returns the action that a description names.

    Raises:
        UserError: If it is not registered.
    """
    return ACTIONS.get(given.action.name)


def interface_for(given: PolicyDescription, robot: Robot, source: str) -> PolicyInterface:
    """Returns task, action and observation of a described policy for a robot.

    Args:
        given: The description.
        robot: The robot.
        source: The policy, for error messages.

    Raises:
        UserError: If the policy does not fit the robot; it names everything that does not.
    """
    if given.robot != robot.name:
        raise UserError(
            f"The policy {source} does not fit the robot: it is for '{given.robot}', this is "
            f"'{robot.name}': give --model (to a node, the parameter 'model')."
        )
    task, config = described_task(given, source)
    interface = PolicyInterface(
        task(robot, config),
        described_action(given),
        target_in_observation=not given.cameras,
        goal_conditioned=ACHIEVED in given.observation.terms,
    )
    if misfits := [*_joint_misfits(given, robot), *_interface_misfits(given, interface)]:
        raise UserError(f"The policy {source} does not fit the robot: {'; '.join(misfits)}.")
    return interface


def _joint_misfits(given: PolicyDescription, robot: Robot) -> Iterator[str]:
    joints = [robot.joint_names[i] for i in robot.arm]
    if given.joints != joints:
        yield f"its joints are {', '.join(given.joints)}, the robot's {', '.join(joints)}"
    elif given.kinematics_sha256 != robot.kinematics_hash:
        yield "the robot's kinematics or limits have changed since it was trained"
    elif given.joint_units != [robot.joint_units[i] for i in robot.arm]:
        yield f"its joints are measured in {', '.join(given.joint_units)}"
    if unknown := [name for name in given.cameras if name not in robot.cameras]:
        yield (
            f"it sees through {', '.join(unknown)}, the robot's cameras are "
            f"{', '.join(robot.cameras) or 'none'}"
        )


def _interface_misfits(given: PolicyDescription, interface: PolicyInterface) -> Iterator[str]:
    observation, scale = interface.observation, interface.output_scale
    if given.action.outputs != list(interface.outputs) or len(given.action.scale) != len(scale):
        yield f"its outputs are {', '.join(given.action.outputs)}"
    elif not np.allclose(given.action.scale, scale, rtol=1e-9, atol=0):
        yield "its action scaling does not match the robot's velocity limits"
    observed = (given.observation.terms, given.observation.columns, given.observation.scale)
    if observed != (list(observation.terms), list(observation.names), observation.scale.tolist()):
        yield f"it observes {', '.join(given.observation.columns)}"
    if given.cameras:
        yield from (
            f"it does not observe the goal, so {setting}"
            for setting in interface.task.config.vision_conflicts()
        )
    task_rate = interface.task.config.control_rate
    if given.control_rate != task_rate:
        yield f"its control_rate is {given.control_rate:g} Hz, that of its task {task_rate:g} Hz"
