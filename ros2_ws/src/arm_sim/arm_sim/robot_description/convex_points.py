"""Points whose convex hull is a geom: MuJoCo's contacts take every geom but a plane as convex."""

import mujoco
import numpy as np

from arm_sim.common.arrays import Floats

# Directions in which a shape's farthest points are taken: 5° apart, so that less than a thousandth
# of a shape's size is lost.
_DIRECTIONS = 1500
_ROUND = 48  # Points on the rim of a cylinder.
_CORNERS = np.array(np.meshgrid(*[(-1.0, 1.0)] * 3)).reshape(3, -1).T
_KIND = mujoco.mjtGeom


def convex_points(model: mujoco.MjModel, geom: int) -> Floats:
    """Returns (K, 3) points on a geom in its own frame, m; a plane and a height field have none.

    Args:
        model: The compiled model.
        geom: Index of the geom.
    """
    kind, size = model.geom_type[geom], model.geom_size[geom]
    if kind in (_KIND.mjGEOM_PLANE.value, _KIND.mjGEOM_HFIELD.value):
        return np.zeros((0, 3))
    if model.geom_dataid[geom] >= 0:
        return _farthest(_vertices(model, int(model.geom_dataid[geom])))
    if kind in (_KIND.mjGEOM_SPHERE.value, _KIND.mjGEOM_CAPSULE.value):
        points: Floats = _sphere(_DIRECTIONS // 3) * size[0]
        if kind == _KIND.mjGEOM_CAPSULE.value:
            points[:, 2] += np.sign(points[:, 2]) * size[1]
        return points
    if kind == _KIND.mjGEOM_ELLIPSOID.value:
        return _sphere(_DIRECTIONS // 3) * size
    if kind == _KIND.mjGEOM_CYLINDER.value:
        angles = np.linspace(0.0, 2 * np.pi, _ROUND, endpoint=False)
        x, y = np.cos(angles) * size[0], np.sin(angles) * size[0]
        return np.concatenate([np.column_stack([x, y, z + 0 * x]) for z in (-size[1], size[1])])
    centre, half = model.geom_aabb[geom, :3], model.geom_aabb[geom, 3:]
    return centre + _CORNERS * half


def _vertices(model: mujoco.MjModel, mesh: int) -> Floats:
    first, count = model.mesh_vertadr[mesh], model.mesh_vertnum[mesh]
    vertices: Floats = model.mesh_vert[first : first + count].astype(np.float64)
    return vertices


def _farthest(points: Floats) -> Floats:
    """The points that are farthest in some direction."""
    directions = np.concatenate([_sphere(_DIRECTIONS), np.eye(3), -np.eye(3)])
    # One direction at a time: a mesh may have very many vertices.
    chosen = {int(np.argmax(points @ direction)) for direction in directions}
    return points[sorted(chosen)]


def _sphere(count: int) -> Floats:
    """(count, 3) unit vectors, evenly spread by the golden angle."""
    z = 1.0 - (2.0 * np.arange(count) + 1.0) / count
    angle = np.pi * (3.0 - np.sqrt(5.0)) * np.arange(count)
    ring = np.sqrt(1.0 - z * z)
    return np.column_stack([ring * np.cos(angle), ring * np.sin(angle), z])
