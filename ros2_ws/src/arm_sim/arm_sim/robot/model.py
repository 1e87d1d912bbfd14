"""Queries on a compiled MuJoCo model: joint names, frames."""

import copy
from collections.abc import Iterable

import mujoco

from arm_sim.common.errors import UserError


def copy_model(model: mujoco.MjModel) -> mujoco.MjModel:
    """Returns a copy whose options may be changed."""
    return copy.copy(model)


def joint_names(model: mujoco.MjModel) -> tuple[str, ...]:
    """Returns the names of all joints in the model's order, '' for a joint without a name."""
    return tuple(model.joint(i).name for i in range(model.njnt))


def existing_joints(model: mujoco.MjModel, names: Iterable[str]) -> list[str]:
    """Returns those of `names` that are joints of the model."""
    known = {name for name in joint_names(model) if name}
    return [name for name in names if name in known]


def object_geom(model: mujoco.MjModel, name: str) -> int:
    """Returns the index of a free object's geom, the only one of its body."""
    return int(model.body(name).geomadr[0])


def find_frame(model: mujoco.MjModel, frame: str) -> tuple[str, int]:
    """Returns ('site' or 'body', its id) for a frame name; a site comes before a body.

    Raises:
        UserError: If the model has neither a site nor a body of that name.
    """
    for kind, obj in (("site", mujoco.mjtObj.mjOBJ_SITE), ("body", mujoco.mjtObj.mjOBJ_BODY)):
        index = mujoco.mj_name2id(model, obj.value, frame)
        if index >= 0:
            return kind, index
    valid = [model.site(i).name for i in range(model.nsite)] + [
        model.body(i).name for i in range(1, model.nbody)
    ]
    raise UserError(f"The model has no site or body '{frame}' (valid: {', '.join(valid)}).")
