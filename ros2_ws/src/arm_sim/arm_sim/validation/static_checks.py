"""Static checks of a compiled MJCF and its robot YAML: the loader's rules, then warnings."""

import re
from collections.abc import Callable

import mujoco

from arm_sim.robot.model import existing_joints, joint_names, position_actuators
from arm_sim.robot.rules.actuators import position_actuators_move_joints
from arm_sim.robot.rules.all_rules import RULES
from arm_sim.robot.rules.fault import Rule
from arm_sim.robot.rules.joints import joints_are_hinges_or_slides
from arm_sim.robot.rules.limits import arm_has_velocity_limits
from arm_sim.robot.rules.target import target_body
from arm_sim.robot.settings import RobotSettings
from arm_sim.validation.findings import Findings, error, fine, warning

# Seconds per command in training and in the simulator, by default.
CONTROL_PERIOD = 0.05
_PASSED: dict[Rule, str] = {
    joints_are_hinges_or_slides: "{joints} joints, each a hinge or a slide.",
    position_actuators_move_joints: "Every arm and gripper joint has a position actuator.",
    arm_has_velocity_limits: "Every arm joint has a velocity limit.",
}


def check_rules(model: mujoco.MjModel, settings: RobotSettings) -> Findings:
    """Yields every fault for which the loader refuses a robot."""
    for rule in RULES:
        faults = list(rule(model, settings))
        for fault in faults:
            yield error("\n".join(filter(None, (fault.message, fault.snippet))))
        if not faults and rule in _PASSED:
            yield fine(_PASSED[rule].format(joints=model.njnt))


def _unused_joints(model: mujoco.MjModel, settings: RobotSettings) -> Findings:
    used = {*settings.command_joints, *settings.target_joints, ""}
    if unused := sorted(set(joint_names(model)) - used):
        yield warning(
            f"Joints of no group, which no command moves: {', '.join(unused)}. They belong into "
            "arm_joints or gripper_joints, unless they are to move passively."
        )


def _target_collisions(model: mujoco.MjModel, settings: RobotSettings) -> Findings:
    if len(existing_joints(model, settings.target_joints)) < 3:
        return
    collides = model.geom_contype | model.geom_conaffinity
    if collides[model.geom_bodyid == target_body(model, settings)].any():
        yield warning('The target collides: give its geoms contype="0" conaffinity="0".')


def _force_limits(model: mujoco.MjModel, settings: RobotSettings) -> Findings:
    actuators = position_actuators(model)
    unlimited = [
        name
        for name in existing_joints(model, settings.command_joints)
        if (actuator := actuators.get(model.joint(name).id)) is not None
        and not model.actuator_forcelimited[actuator]
    ]
    if unlimited:
        yield warning(
            f"The actuators of {', '.join(unlimited)} have no force limit: give each a forcerange."
        )


def _position_limits(model: mujoco.MjModel, settings: RobotSettings) -> Findings:
    arm = existing_joints(model, settings.arm_joints)
    if unlimited := [name for name in arm if not model.joint(name).limited[0]]:
        yield warning(
            f"Without position limits, so taken to turn without end: {', '.join(unlimited)}. From "
            "target to target a policy may turn them further and further, which winds up cables: "
            'give each a range="lower upper".'
        )


def _cameras(model: mujoco.MjModel, settings: RobotSettings) -> Findings:
    if not settings.cameras:
        yield fine("No cameras: training and deployment work, but there will be no images.")


def _names(model: mujoco.MjModel, settings: RobotSettings) -> Findings:
    names = [*(model.body(i).name for i in range(model.nbody)), *joint_names(model)]
    names += [settings.tool_frame, settings.base_frame]
    unusual = sorted({n for n in names if n and not re.fullmatch(r"[\w./-]+", n, re.ASCII)})
    if unusual:
        yield warning(
            f"Names that some ROS tools can't handle: {', '.join(map(repr, unusual))}. Letters, "
            "digits and underscores are safe."
        )


def _timestep(model: mujoco.MjModel, settings: RobotSettings) -> Findings:
    period, step = round(CONTROL_PERIOD * 1e9), round(model.opt.timestep * 1e9)
    if period % step:
        shorter = next(
            period // n for n in range(period // step + 1, period + 1) if period % n == 0
        )
        yield error(
            f"The timestep, {step / 1e9:g} s, does not divide the control period, "
            f'{CONTROL_PERIOD:g} s: use <option timestep="{shorter / 1e9:g}"/>.'
        )


STATIC_CHECKS: tuple[Callable[[mujoco.MjModel, RobotSettings], Findings], ...] = (
    check_rules,
    _unused_joints,
    _target_collisions,
    _force_limits,
    _position_limits,
    _cameras,
    _names,
    _timestep,
)
