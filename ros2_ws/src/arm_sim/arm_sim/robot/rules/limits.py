"""Rules on limits of position, velocity and acceleration, and on home, which must be within."""

from collections.abc import Iterator

import mujoco
import numpy as np

from arm_sim.robot.model import existing_joints
from arm_sim.robot.rules.fault import Fault
from arm_sim.robot.settings import RobotSettings


def arm_has_velocity_limits(model: mujoco.MjModel, settings: RobotSettings) -> Iterator[Fault]:
    """Every arm joint has a finite, positive velocity limit as its first 'user' number."""
    lacking = [
        name
        for name in existing_joints(model, settings.arm_joints)
        if not (_user(model, name, 0) > 0 and np.isfinite(_user(model, name, 0)))
    ]
    if lacking:
        yield Fault(
            f"No velocity limit for {', '.join(lacking)}: give it in rad/s as the first number of "
            f"each joint's 'user' attribute, for instance <joint name=\"{lacking[0]}\" "
            'user="2.0" …/>, or for all of them with <default><joint user="2.0"/></default>.'
        )


def arm_acceleration_limits_are_valid(
    model: mujoco.MjModel, settings: RobotSettings
) -> Iterator[Fault]:
    """The second 'user' number of an arm joint, its acceleration limit, is finite and not < 0."""
    wrong = [
        name
        for name in existing_joints(model, settings.arm_joints)
        if not (_user(model, name, 1) >= 0 and np.isfinite(_user(model, name, 1)))
    ]
    if wrong:
        yield Fault(
            f"The acceleration limit of {', '.join(wrong)} is negative or not finite: the second "
            "number of the joint's 'user' attribute is in rad/s², 0 where there is none."
        )


def gripper_has_position_limits(model: mujoco.MjModel, settings: RobotSettings) -> Iterator[Fault]:
    """Every gripper joint has a range, whose ends are the closed and the open gripper."""
    fingers = existing_joints(model, settings.gripper_joints)
    unlimited = [name for name in fingers if not model.joint(name).limited[0]]
    if unlimited:
        yield Fault(f"The gripper's {', '.join(unlimited)} need a range: lower closed, upper open.")


def home_is_within_limits(model: mujoco.MjModel, settings: RobotSettings) -> Iterator[Fault]:
    """Home has one position for each arm joint, within the joint's position limits."""
    if len(settings.home) != len(settings.arm_joints):
        yield Fault(
            f"home has {len(settings.home)} positions for {len(settings.arm_joints)} arm joints."
        )
        return
    home = dict(zip(settings.arm_joints, settings.home, strict=True))
    outside = []
    for name in existing_joints(model, home):
        lower, upper = model.joint(name).range
        if model.joint(name).limited[0] and not lower <= home[name] <= upper:
            outside.append(f"{name} ({home[name]:g}, limits {lower:g} to {upper:g})")
    if outside:
        yield Fault(f"home is outside the position limits of {', '.join(outside)}.")


def _user(model: mujoco.MjModel, joint: str, number: int) -> float:
    """A number of the joint's 'user' attribute; 0 where the model has not so many."""
    numbers = model.joint(joint).user
    return float(numbers[number]) if number < len(numbers) else 0.0
