"""Masks that say which geoms collide: those of the robot's file, and those of the cheap scene.

A geom collides with another if a bit of its `contype` is set in the other's `conaffinity`, see
https://mujoco.readthedocs.io/en/stable/computation/index.html#collision-detection.
"""

import mujoco
import numpy as np
from numpy.typing import NDArray

from arm_sim.common.arrays import Ints

# A geom with these masks collides with all that collide at all: floor, table, a task's objects.
ANYTHING = 2**31 - 1
# Masks of the cheap scene, as (contype, conaffinity). Links collide with what stands around and
# with objects, not with each other; the first two links not with the robot's own base either.
_LINK = (1, 2)
_FIRST_LINK = (4, 0)
_BASE = (2, 1)
_AROUND = (2, 1 | 4)
_OBJECT = (2 | 1, 1 | 2 | 4)
_FIRST_LINKS = 2


def keep_masks(spec: mujoco.MjSpec) -> None:
    """Writes each geom's masks into its `user` numbers, where `restore_masks` finds them.

    Geoms that are added to the spec later collide with nothing after `restore_masks`.
    """
    spec.nuser_geom = 2
    for geom in spec.geoms:
        geom.userdata = [float(geom.contype), float(geom.conaffinity)]


def set_cheap_masks(spec: mujoco.MjSpec, model: mujoco.MjModel, arm: Ints) -> None:
    """Lets the links collide with what stands around and with objects, not with each other.

    Args:
        spec: The whole scene, to be changed.
        model: The scene, compiled from `spec`.
        arm: (A,) indices of the arm's joints in the model.
    """
    links = _link_numbers(model, arm)
    for body in spec.bodies:
        link, fixed = links[body.id], model.body_weldid[body.id] == 0
        for geom in body.geoms:
            if geom.contype or geom.conaffinity:
                around = geom.contype == ANYTHING
                geom.contype, geom.conaffinity = _cheap_masks(link, fixed, around)


def _cheap_masks(link: int, fixed: bool, around: bool) -> tuple[int, int]:
    """Masks of a geom on the given link, 0 for none of the arm, else fixed to the world or free."""
    if link:
        return _FIRST_LINK if link <= _FIRST_LINKS else _LINK
    if not fixed:
        return _OBJECT
    return _AROUND if around else _BASE


def _link_numbers(model: mujoco.MjModel, arm: Ints) -> NDArray[np.int64]:
    """(nbody,) how many of the arm's joints move each body."""
    numbers = np.zeros(model.nbody, np.int64)
    joints = np.bincount(model.jnt_bodyid[arm], minlength=model.nbody)
    for body in range(1, model.nbody):  # Parents come before their children.
        numbers[body] = numbers[model.body_parentid[body]] + joints[body]
    return numbers


def restore_masks(model: mujoco.MjModel) -> None:
    """Gives a model's geoms the masks that their file gave them, as kept by `keep_masks`."""
    if model.nuser_geom < 2:
        return
    model.geom_contype[:] = model.geom_user[:, 0].astype(np.int64)
    model.geom_conaffinity[:] = model.geom_user[:, 1].astype(np.int64)
    for body in range(model.nbody):
        first = model.body_geomadr[body]
        geoms = slice(first, first + model.body_geomnum[body])
        model.body_contype[body] = np.bitwise_or.reduce(model.geom_contype[geoms])
        model.body_conaffinity[body] = np.bitwise_or.reduce(model.geom_conaffinity[geoms])
