"""Rules on joints: that they exist, have one position each, and are named once."""

from collections.abc import Iterable, Iterator

import mujoco

from arm_sim.robot.model import existing_joints, joint_names
from arm_sim.robot.scene_settings import SceneSettings

_ONE_POSITION = (mujoco.mjtJoint.mjJNT_HINGE.value, mujoco.mjtJoint.mjJNT_SLIDE.value)


def command_joints_exist(model: mujoco.MjModel, settings: SceneSettings) -> Iterator[str]:
    """The arm's and the gripper's joints are joints of the model."""
    yield from _unknown(model, "arm_joints", settings.arm_joints)
    yield from _unknown(model, "gripper_joints", settings.gripper_joints)


def command_joints_have_one_position(
    model: mujoco.MjModel, settings: SceneSettings
) -> Iterator[str]:
    """The arm's and the gripper's joints are hinges or slides, not balls or free bodies."""
    others = [
        name
        for name in existing_joints(model, settings.command_joints)
        if model.joint(name).type[0] not in _ONE_POSITION
    ]
    if others:
        yield f"Only hinges and slides can be commanded, not {', '.join(others)}."


def joints_are_in_one_group(model: mujoco.MjModel, settings: SceneSettings) -> Iterator[str]:
    """No joint is named twice, within a group or in two of them."""
    used = [*settings.command_joints, *(settings.followers or ())]
    repeated = sorted({name for name in used if used.count(name) > 1})
    if repeated:
        yield (
            f"Named more than once: {', '.join(repeated)}. A joint belongs to one of arm_joints, "
            "gripper_joints and followers only."
        )


def other_joints_exist(model: mujoco.MjModel, settings: SceneSettings) -> Iterator[str]:
    """Joints for which limits or inertias are given are joints of the model."""
    for key in (
        "followers",
        "velocity_limits",
        "acceleration_limits",
        "position_limits",
        "rotor_inertia",
        "target_joints",
    ):
        yield from _unknown(model, key, getattr(settings, key))


def _unknown(model: mujoco.MjModel, key: str, names: Iterable[str] | None) -> Iterator[str]:
    known = existing_joints(model, joint_names(model))
    unknown = [name or "''" for name in names or () if name not in known]
    if unknown:
        yield (
            f"{key} names joints the model does not have: {', '.join(unknown)} "
            f"(valid: {', '.join(known)})."
        )
