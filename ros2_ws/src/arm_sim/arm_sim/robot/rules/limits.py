"""Rules on limits of position, on home, which must be within them, and on the gripper's ends."""

from collections.abc import Iterator

import mujoco
import numpy as np

from arm_sim.robot.model import existing_joints
from arm_sim.robot.scene_settings import SceneSettings
from arm_sim.robot_description.limits import command_limits

# Arms whose hinges turn by less, rad: all limits of π rad or less, read as degrees.
_READ_AS_DEGREES = 0.06


def commands_have_a_range(model: mujoco.MjModel, settings: SceneSettings) -> Iterator[str]:
    """What a joint's range, margin, servo, followers and tendons leave it is not empty."""
    lower, upper = command_limits(model)
    for name in existing_joints(model, settings.command_joints):
        low, high = lower[model.joint(name).id], upper[model.joint(name).id]
        if low >= high:
            yield (
                f"No command can move {name}: of its range, less margin, the ctrlrange of its "
                f"servo and the limits of what follows it leave {low:g} to {high:g}."
            )


def gripper_ends_differ(model: mujoco.MjModel, settings: SceneSettings) -> Iterator[str]:
    """Each gripper joint has a closed and an open position, and they are not equal."""
    joints = settings.gripper_joints or []
    closed, opened = settings.gripper_closed, settings.gripper_open
    for key, values in (("gripper_closed", closed), ("gripper_open", opened)):
        if values is not None and len(values) != len(joints):
            yield f"{key} has {len(values)} positions for {len(joints)} gripper joints."
    if closed and opened and len(closed) == len(opened) == len(joints):
        equal = [n for n, low, high in zip(joints, closed, opened, strict=True) if low == high]
        if equal:
            yield f"gripper_closed and gripper_open are equal for {', '.join(equal)}."


def position_limits_leave_room(model: mujoco.MjModel, settings: SceneSettings) -> Iterator[str]:
    """Each lower limit is below its upper one."""
    limits = settings.position_limits or {}
    wrong = [name for name, (lower, upper) in limits.items() if not lower < upper]
    if wrong:
        yield f"position_limits: the lower one must be below the upper one for {', '.join(wrong)}."


def limits_are_in_radians(model: mujoco.MjModel, settings: SceneSettings) -> Iterator[str]:
    """The arm's limits are no radians that were read as degrees."""
    joints = (model.joint(name) for name in existing_joints(model, settings.arm_joints or ()))
    hinge = mujoco.mjtJoint.mjJNT_HINGE.value
    ranges = [j.range for j in joints if j.type[0] == hinge and j.limited[0]]
    if ranges and (largest := float(np.abs(ranges).max())) <= _READ_AS_DEGREES:
        yield (
            f"These limits look like radians read as degrees: no hinge turns by more than "
            f'{largest:.2g} rad. Write <compiler angle="radian"/> into the robot\'s file.'
        )


def home_is_within_limits(model: mujoco.MjModel, settings: SceneSettings) -> Iterator[str]:
    """Home has one position for each arm joint, within the joint's position limits."""
    joints, home = settings.arm_joints or [], settings.home
    if home is None:
        return
    if len(home) != len(joints):
        yield f"home has {len(home)} positions for {len(joints)} arm joints."
        return
    lower, upper = command_limits(model)
    narrower = settings.position_limits or {}
    outside = []
    positions = dict(zip(joints, home, strict=True))
    for name in existing_joints(model, positions):
        index = model.joint(name).id
        low, high = narrower.get(name, (lower[index], upper[index]))
        low, high = max(low, lower[index]), min(high, upper[index])
        if not low <= positions[name] <= high:
            outside.append(f"{name} ({positions[name]:g}, limits {low:g} to {high:g})")
    if outside:
        yield f"home is outside the position limits of {', '.join(outside)}."
