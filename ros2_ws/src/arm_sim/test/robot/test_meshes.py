"""Meshes that the URDF refers to are files that hold what MuJoCo draws."""

import io
from pathlib import Path

import mujoco
import numpy as np
import pytest
import trimesh
import yourdfpy

from arm_sim.common.errors import UserError
from arm_sim.robot.robot import Robot
from arm_sim.robot.urdf import urdf


def parse(robot: Robot, load_meshes: bool) -> yourdfpy.URDF:
    return yourdfpy.URDF.load(io.BytesIO(urdf(robot).encode()), load_meshes=load_meshes)


def random_positions(robot: Robot, count: int) -> np.ndarray:
    lower, upper = np.maximum(robot.lower, -4.0), np.minimum(robot.upper, 4.0)
    return np.random.default_rng(0).uniform(lower, upper, (count, len(robot.joint_names)))


def coincide(found: np.ndarray, expected: np.ndarray) -> bool:
    """Whether two sets of points, (K, 3) and (L, 3), m, have each a neighbour in the other."""
    distances = np.linalg.norm(found[:, None] - expected, axis=2)
    return bool(max(distances.min(axis=0).max(), distances.min(axis=1).max()) < 1e-6)


def vertices_of(model: mujoco.MjModel, data: mujoco.MjData, geom: int) -> np.ndarray:
    mesh = model.geom_dataid[geom]
    first, count = model.mesh_vertadr[mesh], model.mesh_vertnum[mesh]
    own = model.mesh_vert[first : first + count].astype(float)
    return own @ data.geom_xmat[geom].reshape(3, 3).T + data.geom_xpos[geom]


def test_meshes_are_drawn_where_mujoco_draws_them(mesh_arm: Robot) -> None:
    model, data = mesh_arm.model, mujoco.MjData(mesh_arm.model)
    parsed = parse(mesh_arm, load_meshes=True)
    drawn = np.flatnonzero((model.geom_group < 3) & (model.geom_dataid >= 0))
    for positions in random_positions(mesh_arm, 20):
        parsed.update_cfg(dict(zip(mesh_arm.joint_names, positions, strict=True)))
        data.qpos[:] = positions
        mujoco.mj_kinematics(model, data)
        found = parsed.scene.dump()
        assert len(found) == len(drawn) == 4
        expected = [vertices_of(model, data, geom) for geom in drawn]
        for vertices in expected:
            assert sum(coincide(mesh.vertices, vertices) for mesh in found) == 1


def test_a_mesh_lies_in_its_link_as_its_file_says(
    tmp_path: Path, mesh_arm: Robot, wedge: np.ndarray
) -> None:
    """Independent of MuJoCo's own idea of a mesh, which is about its centre of mass."""
    links = {link.name: link for link in parse(mesh_arm, load_meshes=False).robot.links}
    visual, model = links["hand"].visuals[0], mesh_arm.model
    turned = trimesh.transformations.euler_matrix(*np.radians((-40, 0, 70)), axes="rxyz")
    expected = (wedge * (0.5, -1, 2)) @ turned[:3, :3].T
    mesh = trimesh.load(visual.geometry.mesh.filename.removeprefix("file://"))
    found = mesh.vertices @ visual.origin[:3, :3].T + visual.origin[:3, 3]
    assert coincide(found, expected)
    assert mesh.is_watertight and mesh.volume > 0  # Mirrored, yet not inside out.
    assert len(links["hand"].collisions) == 3
    assert len(links["shoulder"].collisions) == 1
    assert model.nmesh == len(list((tmp_path / "ros_home" / "arm_sim_meshes").iterdir()))


def test_a_mesh_that_cannot_be_written_is_one_sentence(
    mesh_arm: Robot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("ROS_HOME", str(tmp_path / "file"))
    with pytest.raises(UserError, match="set ROS_HOME to a folder that can be written"):
        urdf(mesh_arm)
