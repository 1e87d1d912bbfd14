"""Static checks of limits: force, position, what commands reach, and their unit."""

import mujoco
import numpy as np

from arm_sim.robot.robot import Robot
from arm_sim.robot_description.limits import command_limits, torque_limits
from arm_sim.validation.findings import Findings, fine, warning

# Arms whose hinges turn by more, rad: ±12 rad are nearly two turns each way.
_READ_AS_RADIANS = 12.0
# Commands may keep to less by this share of what is left, as margins are small.
_NARROWER = 0.01


def check_force_limits(robot: Robot) -> Findings:
    """Warns of commanded joints whose servos may use any torque."""
    limits = torque_limits(robot.model)[robot.command_indices]
    names = zip(robot.command_joints, limits, strict=True)
    if unlimited := [name for name, limit in names if np.isinf(limit)]:
        yield warning(
            f"The actuators of {', '.join(unlimited)} have no force limit: give each a forcerange "
            "in the robot's file, if you know it."
        )


def check_endless_joints(robot: Robot) -> Findings:
    """Says which arm joints turn without end."""
    if unlimited := [robot.joint_names[i] for i in robot.arm if robot.endless[i]]:
        yield fine(f"Without position limits, so they turn without end: {', '.join(unlimited)}.")


def check_narrow_commands(robot: Robot) -> Findings:
    """Says where commands keep to less than a joint's range."""
    model = robot.model
    unlimited = ~model.jnt_limited.astype(bool)[:, None]
    ranges = np.where(unlimited, (-np.inf, np.inf), model.jnt_range)
    limits = np.transpose(command_limits(model))
    narrowed = [
        f"{robot.joint_names[i]} ({limits[i][0]:g} to {limits[i][1]:g})"
        for i in robot.command_indices
        if (np.abs(limits[i] - ranges[i]) > _NARROWER * np.ptp(limits[i])).any()
    ]
    if narrowed:
        yield fine(
            f"Commands keep to less than the joints' ranges: {', '.join(narrowed)}. The ctrlrange "
            "of their servos, their margins, or the limits of what follows them, leave no more."
        )


def check_unit_of_limits(robot: Robot) -> Findings:
    """Finds limits of hinges that were written in one unit and read in the other."""
    model = robot.model
    hinge = mujoco.mjtJoint.mjJNT_HINGE.value
    hinges = [i for i in robot.arm if model.jnt_type[i] == hinge and model.jnt_limited[i]]
    if not hinges:
        return
    largest = np.abs(model.jnt_range[hinges]).max(axis=1)
    if np.median(largest) >= _READ_AS_RADIANS:
        yield warning(
            f"These limits look like degrees read as radians: hinges turn by up to "
            f'{largest.max():.3g} rad. Write <compiler angle="degree"/> into the MJCF.'
        )


LIMIT_CHECKS = (
    check_force_limits,
    check_endless_joints,
    check_narrow_commands,
    check_unit_of_limits,
)
