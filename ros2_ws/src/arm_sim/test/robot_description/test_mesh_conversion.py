"""Meshes that MuJoCo does not read become such that it does, in size and colour as they were."""

from collections.abc import Callable
from pathlib import Path

import mujoco
import numpy as np
import pytest
import trimesh

from arm_sim.robot_description.mesh_conversion import (
    MeshError,
    convert_mesh,
    is_readable_by_mujoco,
)

Write = Callable[..., Path]


def box(size: float = 0.1, rgba: tuple[int, ...] | None = None) -> trimesh.Trimesh:
    mesh = trimesh.creation.box((size, 2 * size, 3 * size))
    if rgba is not None:
        material = trimesh.visual.material.PBRMaterial(baseColorFactor=rgba)
        mesh.visual = trimesh.visual.TextureVisuals(material=material)
    return mesh


def content(mesh: trimesh.Trimesh | trimesh.Scene, kind: str) -> bytes:
    data = mesh.export(None, file_type=kind)
    return data.encode() if isinstance(data, str) else data


def extents(stl: bytes) -> np.ndarray:
    """The size of a mesh as MuJoCo reads it."""
    spec = mujoco.MjSpec.from_string(
        '<mujoco><asset><mesh name="m" file="m.stl"/></asset><worldbody>'
        '<geom type="mesh" mesh="m"/></worldbody></mujoco>',
        assets={"m.stl": stl},
    )
    return np.ptp(spec.compile().mesh_vert, axis=0)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.dae", "dae"),
        ("a.ply", "ply"),
        ("a.glb", "glb"),
        ("a.STL", "stl_ascii"),
        ("a.off", "off"),
    ],
)
def test_a_mesh_is_converted(write: Write, name: str, kind: str) -> None:
    file = write(name, content(box(), kind))
    assert not is_readable_by_mujoco(file, file.read_bytes())
    (part,) = convert_mesh(file, file.read_bytes(), by_colour=False)
    np.testing.assert_allclose(sorted(extents(part.content)), [0.1, 0.2, 0.3], rtol=1e-4)


def test_the_unit_of_a_collada_file_is_applied(write: Write) -> None:
    inches = content(box(10.0), "dae").replace(
        b"<asset>", b'<asset><unit name="inch" meter="0.0254"/>'
    )
    (part,) = convert_mesh(write("a.dae", inches), inches, by_colour=False)
    np.testing.assert_allclose(sorted(extents(part.content)), [0.254, 0.508, 0.762], rtol=1e-4)


def test_each_colour_becomes_a_mesh_of_its_own(write: Write) -> None:
    scene = trimesh.Scene([box(0.1, (255, 0, 0, 255)), box(0.2, (0, 0, 255, 255))])
    file = write("a.glb", content(scene, "glb"))
    parts = convert_mesh(file, file.read_bytes(), by_colour=True)
    assert {part.rgba for part in parts} == {(1, 0, 0, 1), (0, 0, 1, 1)}
    assert len(convert_mesh(file, file.read_bytes(), by_colour=False)) == 1


def test_a_large_stl_is_cut_into_pieces_that_mujoco_reads(write: Write) -> None:
    mesh = trimesh.creation.icosphere(7)
    file = write("a.stl", content(mesh, "stl"))
    assert not is_readable_by_mujoco(file, file.read_bytes())
    parts = convert_mesh(file, file.read_bytes(), by_colour=False)
    assert len(parts) == 2
    assert all(is_readable_by_mujoco(file, part.content) for part in parts)
    triangles = sum((len(part.content) - 84) // 50 for part in parts)
    assert triangles == len(mesh.faces)


def test_what_mujoco_reads_stays_as_it_is(write: Write) -> None:
    for name, kind in (("a.stl", "stl"), ("a.STL", "stl"), ("a.obj", "obj")):
        assert is_readable_by_mujoco(write(name, b""), content(box(), kind))


@pytest.mark.parametrize("name", ["a.dae", "a.stl", "a.ply", "a.glb", "a.xyz", "a"])
@pytest.mark.parametrize("data", [b"", b"no mesh", bytes(200), b"<COLLADA/>", b"solid x\nendsolid"])
def test_what_is_no_mesh_is_an_error_of_its_own(write: Write, name: str, data: bytes) -> None:
    with pytest.raises(MeshError):
        convert_mesh(write(name, data), data, by_colour=True)
