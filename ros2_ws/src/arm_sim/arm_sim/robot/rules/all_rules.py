"""The list of all rules, in the order in which they are checked."""

from collections.abc import Iterator

import mujoco

from arm_sim.robot.rules.actuators import position_actuators_move_joints
from arm_sim.robot.rules.fault import Fault, Rule
from arm_sim.robot.rules.frames import camera_names_fit_topics, cameras_exist, tool_frame_exists
from arm_sim.robot.rules.joints import (
    command_joints_exist,
    joints_are_hinges_or_slides,
    joints_are_in_one_group,
    joints_are_named,
)
from arm_sim.robot.rules.limits import (
    arm_acceleration_limits_are_valid,
    arm_has_velocity_limits,
    gripper_has_position_limits,
    home_is_within_limits,
)
from arm_sim.robot.rules.target import (
    target_joints_are_its_position,
    target_joints_are_slides,
    target_joints_exist,
)
from arm_sim.robot.rules.workspace import (
    target_reaches_the_workspace,
    tool_floor_is_below_the_workspace,
    workspace_is_a_box,
)
from arm_sim.robot.settings import RobotSettings

RULES: tuple[Rule, ...] = (
    joints_are_named,
    joints_are_hinges_or_slides,
    command_joints_exist,
    joints_are_in_one_group,
    target_joints_exist,
    target_joints_are_slides,
    target_joints_are_its_position,
    position_actuators_move_joints,
    arm_has_velocity_limits,
    arm_acceleration_limits_are_valid,
    gripper_has_position_limits,
    home_is_within_limits,
    tool_frame_exists,
    cameras_exist,
    camera_names_fit_topics,
    workspace_is_a_box,
    target_reaches_the_workspace,
    tool_floor_is_below_the_workspace,
)


def find_faults(model: mujoco.MjModel, settings: RobotSettings) -> Iterator[Fault]:
    """Yields the faults of a compiled MJCF and its robot YAML, in the order of `RULES`."""
    for rule in RULES:
        yield from rule(model, settings)
