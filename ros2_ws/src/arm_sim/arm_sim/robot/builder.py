"""Builds the Robot of a composed scene: its arrays, from complete scene settings."""

from collections.abc import Mapping, Sequence

import mujoco
import numpy as np

from arm_sim.common.arrays import Floats, Ints
from arm_sim.common.errors import UserError
from arm_sim.robot.model import joint_names
from arm_sim.robot.object_spec import pose_of
from arm_sim.robot.robot import Robot
from arm_sim.robot.rules.all_rules import find_faults
from arm_sim.robot.scene_settings import SceneSettings
from arm_sim.robot_description.limits import command_limits

# The default acceleration limit lets a joint go from rest to its velocity limit in this time, s.
_TIME_TO_FULL_SPEED = 0.1


def build_robot(name: str, model: mujoco.MjModel, settings: SceneSettings) -> Robot:
    """Returns the robot of a composed scene.

    Args:
        name: The robot's name.
        model: The compiled scene.
        settings: Complete settings.

    Raises:
        UserError: If they break one of `robot/rules`; the message is the first fault's.
    """
    fault = next(find_faults(model, settings), None)
    if fault is not None:
        raise UserError(fault)
    arm = _indices(model, settings.arm_joints or ())
    gripper = _indices(model, settings.gripper_joints or ())
    lower, upper = command_limits(model)
    for joint, (low, high) in (settings.position_limits or {}).items():
        index = model.joint(joint).id
        lower[index], upper[index] = max(lower[index], low), min(upper[index], high)
    velocity_limits = _by_joint(model, settings.velocity_limits or {}, np.full(model.njnt, np.inf))
    workspace = np.array([settings.box.lower, settings.box.upper])
    # The objects' free joints come last in the model.
    count = model.njnt - len(settings.objects)
    home = model.qpos0[:count].copy()
    home[arm] = settings.home
    home[gripper] = settings.gripper_open
    home = _by_joint(model, settings.followers or {}, home)
    floor = settings.tool_floor
    return Robot(
        name=name,
        model=model,
        arm=arm,
        gripper=gripper,
        gripper_closed=np.array(settings.gripper_closed or [], dtype=np.float64),
        gripper_open=np.array(settings.gripper_open or [], dtype=np.float64),
        lower=lower[:count],
        upper=upper[:count],
        velocity_limits=velocity_limits[:count],
        acceleration_limits=_by_joint(
            model, settings.acceleration_limits or {}, velocity_limits / _TIME_TO_FULL_SPEED
        )[:count],
        home=home[:count],
        objects=tuple(settings.objects),
        object_home=np.array([pose_of(spec) for spec in settings.objects.values()]).reshape(-1, 7),
        tool_frame=settings.tool_frame or "",
        base_frame=settings.base_frame or "",
        cameras=tuple(settings.cameras or ()),
        workspace=workspace,
        tool_floor=floor if isinstance(floor, float) else -np.inf,
    )


def _indices(model: mujoco.MjModel, joints: Sequence[str]) -> Ints:
    names = joint_names(model)
    return np.array([names.index(name) for name in joints], dtype=np.int64)


def _by_joint(model: mujoco.MjModel, values: Mapping[str, float], defaults: Floats) -> Floats:
    """(J,) the defaults, with the values of the named joints in their places."""
    found = defaults.copy()
    for joint, value in values.items():
        found[model.joint(joint).id] = value
    return found
