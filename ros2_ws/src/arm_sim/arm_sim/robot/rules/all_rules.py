"""The lists of all rules, in the order in which they are checked."""

from collections.abc import Iterator

import mujoco

from arm_sim.robot.rules.frames import (
    camera_names_fit_topics,
    cameras_are_perspective,
    cameras_exist,
    tool_frame_exists,
    tool_moves_with_the_arm,
    tool_site_fits,
)
from arm_sim.robot.rules.joints import (
    command_joints_exist,
    command_joints_have_one_position,
    joints_are_in_one_group,
    other_joints_exist,
)
from arm_sim.robot.rules.limits import (
    commands_have_a_range,
    gripper_ends_differ,
    home_is_within_limits,
    limits_are_in_radians,
    position_limits_leave_room,
)
from arm_sim.robot.rules.rule import Rule
from arm_sim.robot.rules.timing import timestep_divides_the_control_period
from arm_sim.robot.rules.workspace import tool_floor_is_below_the_workspace, workspace_is_a_box
from arm_sim.robot.scene_settings import SceneSettings

# What a user wrote into a scene YAML must fit the robot's file.
FILE_RULES: tuple[Rule, ...] = (
    command_joints_exist,
    command_joints_have_one_position,
    joints_are_in_one_group,
    other_joints_exist,
    position_limits_leave_room,
    tool_site_fits,
    timestep_divides_the_control_period,
)
# Once the arm is chosen and has its servos; all that is derived starts from home.
SERVO_RULES: tuple[Rule, ...] = (
    limits_are_in_radians,
    tool_moves_with_the_arm,
    commands_have_a_range,
    gripper_ends_differ,
    home_is_within_limits,
)
# Complete settings must fit the composed scene.
SCENE_RULES: tuple[Rule, ...] = (
    command_joints_exist,
    gripper_ends_differ,
    home_is_within_limits,
    tool_frame_exists,
    cameras_exist,
    camera_names_fit_topics,
    cameras_are_perspective,
    timestep_divides_the_control_period,
    workspace_is_a_box,
    tool_floor_is_below_the_workspace,
)


def find_file_faults(model: mujoco.MjModel, settings: SceneSettings) -> Iterator[str]:
    """Yields what does not fit between a robot's compiled file and a user's settings."""
    for rule in FILE_RULES:
        yield from rule(model, settings)


def find_servo_faults(model: mujoco.MjModel, settings: SceneSettings) -> Iterator[str]:
    """Yields what does not fit between a compiled arm with servos and a user's settings."""
    for rule in SERVO_RULES:
        yield from rule(model, settings)


def find_faults(model: mujoco.MjModel, settings: SceneSettings) -> Iterator[str]:
    """Yields what does not fit between a compiled scene and its complete settings."""
    for rule in SCENE_RULES:
        yield from rule(model, settings)
