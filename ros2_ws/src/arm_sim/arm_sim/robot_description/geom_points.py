"""Points on the surfaces of geoms: where the parts of a robot are, for measuring distances."""

import mujoco
import numpy as np

from arm_sim.common.arrays import Floats

_MOST_VERTICES = 300
_CORNERS = np.array(np.meshgrid(*[(-1.0, 1.0)] * 3)).reshape(3, -1).T


def body_points(model: mujoco.MjModel, data: mujoco.MjData, body: int) -> Floats:
    """Returns (K, 3) points of a body's geoms in the world frame, m; planes have none.

    They are the vertices of a mesh (at most 300 of them), else the corners of the box around it.

    Args:
        model: The compiled model.
        data: Its state, after `mj_kinematics`.
        body: Index of the body.
    """
    first, count = model.body_geomadr[body], model.body_geomnum[body]
    points = [_geom_points(model, data, geom) for geom in range(first, first + count)]
    return np.concatenate([np.zeros((0, 3)), *points])


def _geom_points(model: mujoco.MjModel, data: mujoco.MjData, geom: int) -> Floats:
    kind = model.geom_type[geom]
    if kind in (mujoco.mjtGeom.mjGEOM_PLANE.value, mujoco.mjtGeom.mjGEOM_HFIELD.value):
        return np.zeros((0, 3))
    if kind == mujoco.mjtGeom.mjGEOM_MESH.value:
        mesh = model.geom_dataid[geom]
        first, count = model.mesh_vertadr[mesh], model.mesh_vertnum[mesh]
        step = max(1, int(np.ceil(count / _MOST_VERTICES)))
        local = model.mesh_vert[first : first + count : step].astype(np.float64)
    else:
        centre, half = model.geom_aabb[geom, :3], model.geom_aabb[geom, 3:]
        local = centre + _CORNERS * half
    points: Floats = data.geom_xpos[geom] + local @ data.geom_xmat[geom].reshape(3, 3).T
    return points
