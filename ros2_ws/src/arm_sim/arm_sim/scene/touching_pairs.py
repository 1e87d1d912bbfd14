"""Finds the bodies of a scene whose contact means nothing."""

import mujoco
import numpy as np

from arm_sim.common.arrays import Floats, Ints
from arm_sim.scene.contact_masks import ANYTHING

_PLANE = mujoco.mjtGeom.mjGEOM_PLANE.value
_SAMPLES = 64
# Bodies that touch in a larger part of the sampled postures always overlap: their shapes are rough.
_NEARLY_ALWAYS = 0.5


def touching_pairs(model: mujoco.MjModel, arm: Ints, home: Floats) -> list[tuple[int, int]]:
    """Returns bodies whose contact means nothing: at home, nearly always, or neighbours.

    The arm's first link is a neighbour of the base. MuJoCo leaves out contacts between a body and
    its parent, but not where the parent is fixed to the world.
    """
    data = mujoco.MjData(model)
    touching = _touching(model, data, home)
    counts = np.zeros((model.nbody, model.nbody))
    for posture in _sampled(model, arm, home):
        for pair in _touching(model, data, posture):
            counts[pair] += 1
    touching |= {(int(a), int(b)) for a, b in np.argwhere(counts > _NEARLY_ALWAYS * _SAMPLES)}
    first = int(model.jnt_bodyid[arm[0]])
    base = int(model.body_parentid[first])
    if base and model.body_weldid[base] == 0:
        touching.add((base, first))
    return sorted(touching)


def _touching(model: mujoco.MjModel, data: mujoco.MjData, posture: Floats) -> set[tuple[int, int]]:
    """The pairs of bodies, lower index first, that touch in a posture (nq,).

    Contacts with floors and with what the scene adds always have a meaning, so they are left out.
    """
    data.qpos[:] = posture
    mujoco.mj_kinematics(model, data)
    mujoco.mj_collision(model, data)
    pairs = data.contact.geom
    obstacles = (model.geom_contype == ANYTHING) | (model.geom_type == _PLANE)
    bodies = np.sort(model.geom_bodyid[pairs[~obstacles[pairs].any(axis=1)]], axis=1)
    return {(int(a), int(b)) for a, b in bodies}


def _sampled(model: mujoco.MjModel, arm: Ints, home: Floats) -> Floats:
    """(n, nq) random positions of the arm's joints, all others at home."""
    limited = model.jnt_limited[arm].astype(bool)
    lower = np.where(limited, model.jnt_range[arm, 0], -np.pi)
    upper = np.where(limited, model.jnt_range[arm, 1], np.pi)
    postures = np.tile(home, (_SAMPLES, 1))
    postures[:, model.jnt_qposadr[arm]] = np.random.default_rng(0).uniform(
        lower, upper, (_SAMPLES, len(arm))
    )
    return postures
