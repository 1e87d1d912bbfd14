"""Loads a robot: the MJCF gives names, limits and geometry, the robot YAML gives their use."""

import functools
from pathlib import Path

import mujoco
import numpy as np

from arm_sim.common.arrays import Floats, Ints
from arm_sim.common.errors import UserError
from arm_sim.robot.files import model_file, read_model
from arm_sim.robot.model import joint_names
from arm_sim.robot.robot import Robot
from arm_sim.robot.rules.all_rules import find_faults
from arm_sim.robot.settings import RobotSettings, read_robot_settings

# The default acceleration limit lets a joint go from rest to its velocity limit in this time, s.
_TIME_TO_FULL_SPEED = 0.1


def load_robot(model: str = "fetch_arm") -> Robot:
    """Loads a built-in robot by name, or an MJCF file that has a robot YAML of its name beside it.

    The last few robots are cached; a file that has changed since is read again, so a controller can
    be configured again without a restart.

    Raises:
        UserError: If a file is missing or wrong, or breaks one of `robot/rules`.
    """
    path = model_file(model)
    files = (path, path.with_suffix(".yaml"))
    return _load(path, tuple(f.stat().st_mtime_ns if f.is_file() else 0 for f in files))


@functools.lru_cache(maxsize=4)
def _load(path: Path, _modified_ns: tuple[int, ...]) -> Robot:
    return build_robot(path.stem, read_model(path), read_robot_settings(path))


def build_robot(name: str, model: mujoco.MjModel, settings: RobotSettings) -> Robot:
    """Returns the robot of a compiled MJCF and a robot YAML.

    Raises:
        UserError: If they break one of `robot/rules`; the message is the first fault's.
    """
    fault = next(find_faults(model, settings), None)
    if fault is not None:
        hint = " The command check_robot prints what to add." if fault.snippet else ""
        raise UserError(f"{name}: {fault.message}{hint}")
    arm = _indices(model, settings.arm_joints)
    gripper = _indices(model, settings.gripper_joints)
    target = _indices(model, settings.target_joints)
    lower, upper = _position_limits(model)
    velocity_limits = _velocity_limits(model)
    workspace = np.array([settings.workspace.lower, settings.workspace.upper])
    home = model.qpos0.copy()
    home[arm] = settings.home
    home[gripper] = upper[gripper]
    home[target] = workspace.mean(axis=0)
    return Robot(
        name=name,
        model=model,
        arm=arm,
        gripper=gripper,
        target=target,
        lower=lower,
        upper=upper,
        velocity_limits=velocity_limits,
        acceleration_limits=_acceleration_limits(model, velocity_limits),
        home=home,
        tool_frame=settings.tool_frame,
        base_frame=settings.base_frame,
        cameras=tuple(settings.cameras),
        workspace=workspace,
        tool_floor=-np.inf if settings.tool_floor is None else settings.tool_floor,
    )


def _indices(model: mujoco.MjModel, joints: list[str] | tuple[str, ...]) -> Ints:
    names = joint_names(model)
    return np.array([names.index(name) for name in joints], dtype=np.int64)


def _position_limits(model: mujoco.MjModel) -> tuple[Floats, Floats]:
    """(J,) lower and (J,) upper limits, infinite where a joint has none."""
    limited = model.jnt_limited.astype(bool)
    lower, upper = model.jnt_range.T
    return np.where(limited, lower, -np.inf), np.where(limited, upper, np.inf)


def _velocity_limits(model: mujoco.MjModel) -> Floats:
    """(J,) the first number of each joint's 'user' attribute; infinite where there is none."""
    given = model.jnt_user[:, 0] if model.nuser_jnt else np.zeros(model.njnt)
    return np.where(given > 0, given, np.inf)


def _acceleration_limits(model: mujoco.MjModel, velocity_limits: Floats) -> Floats:
    """(J,) the second number of each joint's 'user' attribute, else the default."""
    given = model.jnt_user[:, 1] if model.nuser_jnt > 1 else np.zeros(model.njnt)
    return np.where(given > 0, given, velocity_limits / _TIME_TO_FULL_SPEED)
