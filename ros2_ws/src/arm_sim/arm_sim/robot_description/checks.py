"""Refuses models that MuJoCo compiles, but that are no robot or hold impossible numbers."""

from pathlib import Path

import mujoco
import numpy as np

from arm_sim.common.errors import UserError
from arm_sim.robot_description.includes import hint_at_whole

# Whose fields are checked: the prefix of the fields' names in MjModel. What follows from others,
# as a body's inverse weight from its joints, comes last, so that the cause is named.
_ELEMENTS = {
    "jnt": mujoco.mjtObj.mjOBJ_JOINT,
    "dof": mujoco.mjtObj.mjOBJ_JOINT,
    "geom": mujoco.mjtObj.mjOBJ_GEOM,
    "site": mujoco.mjtObj.mjOBJ_SITE,
    "actuator": mujoco.mjtObj.mjOBJ_ACTUATOR,
    "body": mujoco.mjtObj.mjOBJ_BODY,
}
_MOVING = (mujoco.mjtJoint.mjJNT_HINGE, mujoco.mjtJoint.mjJNT_SLIDE)


def check_model(path: Path, spec: mujoco.MjSpec, model: mujoco.MjModel) -> None:
    """Checks what MuJoCo lets pass.

    Raises:
        UserError: If no joint turns or slides, a range is upside down, or a number is not finite.
    """
    if not np.isin(model.jnt_type, _MOVING).any():
        raise UserError(
            f"{path} has no joint that turns or slides, so it is no robot.{hint_at_whole(path)}"
        )
    for joint in spec.joints:
        limited = joint.limited != mujoco.mjtLimited.mjLIMITED_FALSE
        if limited and joint.range[0] > joint.range[1]:
            raise UserError(
                f"{path}: the range of the joint '{joint.name}' is upside down: {joint.range[0]:g} "
                f"to {joint.range[1]:g}."
            )
    _check_numbers(path, model)


def _check_numbers(path: Path, model: mujoco.MjModel) -> None:
    for prefix, kind in _ELEMENTS.items():
        for field in dir(model):
            own = field.startswith(f"{prefix}_") and not field.endswith("invweight0")
            values = getattr(model, field) if own else None
            if not isinstance(values, np.ndarray) or not values.size or values.dtype.kind != "f":
                continue
            bad = ~np.isfinite(values.reshape(len(values), -1)).all(axis=1)
            if bad.any():
                element = int(bad.argmax())
                element = int(model.dof_jntid[element]) if prefix == "dof" else element
                name = mujoco.mj_id2name(model, kind, element)
                what = kind.name.removeprefix("mjOBJ_").lower()
                which = f"'{name}'" if name else f"number {element}"
                raise UserError(f"{path}: the {what} {which} has a number that is not finite.")
