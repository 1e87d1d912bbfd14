"""Rules on joints: type, name, and the group that the robot YAML puts each into."""

from collections.abc import Iterator

import mujoco

from arm_sim.robot.model import existing_joints, joint_names
from arm_sim.robot.rules.fault import Fault
from arm_sim.robot.settings import RobotSettings

SUPPORTED_TYPES = (mujoco.mjtJoint.mjJNT_HINGE.value, mujoco.mjtJoint.mjJNT_SLIDE.value)


def joints_are_named(model: mujoco.MjModel, settings: RobotSettings) -> Iterator[Fault]:
    """Every joint has a name, as messages refer to joints by name."""
    bodies = [
        model.body(model.jnt_bodyid[i]).name or "?"
        for i, name in enumerate(joint_names(model))
        if not name
    ]
    if bodies:
        yield Fault(
            f"Joints without a name, on the bodies {', '.join(bodies)}: give each a name, as "
            "messages refer to joints by name."
        )


def joints_are_hinges_or_slides(model: mujoco.MjModel, settings: RobotSettings) -> Iterator[Fault]:
    """Every joint has one position: no ball joints, no free bodies."""
    unsupported = [
        name or f"that of body {model.body(model.jnt_bodyid[i]).name}"
        for i, name in enumerate(joint_names(model))
        if model.jnt_type[i] not in SUPPORTED_TYPES
    ]
    if unsupported:
        yield Fault(f"Only hinge and slide joints are supported, not {', '.join(unsupported)}.")


def command_joints_exist(model: mujoco.MjModel, settings: RobotSettings) -> Iterator[Fault]:
    """The YAML's arm and gripper joints are joints of the model."""
    groups = {"arm_joints": settings.arm_joints, "gripper_joints": settings.gripper_joints}
    for group, joints in groups.items():
        if unknown := unknown_joints(model, group, joints):
            yield Fault(unknown)


def joints_are_in_one_group(model: mujoco.MjModel, settings: RobotSettings) -> Iterator[Fault]:
    """No joint is named twice in the YAML, within a group or in two of them."""
    used = [*settings.command_joints, *settings.target_joints]
    repeated = sorted({name for name in used if used.count(name) > 1})
    if repeated:
        yield Fault(
            f"Named more than once in the YAML: {', '.join(repeated)}. A joint belongs to one "
            "group only: arm, gripper or target."
        )


def unknown_joints(
    model: mujoco.MjModel, group: str, joints: list[str] | tuple[str, ...]
) -> str | None:
    """Returns a sentence that names the joints of a group that the model lacks, or None."""
    known = existing_joints(model, joint_names(model))
    unknown = [name or "''" for name in joints if name not in known]
    if not unknown:
        return None
    return (
        f"{group} names joints the model does not have: {', '.join(unknown)} "
        f"(valid: {', '.join(known)})."
    )
