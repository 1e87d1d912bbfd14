"""Shapes of a URDF: what is seen, what collides, and which meshes they are of."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import trimesh

from arm_sim.robot_description.robot_file import RobotFile, read_robot_file
from support.small_arms import INERTIAL, one_joint_urdf

Read = Callable[..., RobotFile]
Write = Callable[..., Path]
SPHERE = '<geometry><sphere radius="0.1"/></geometry>'


def mesh(tag: str, name: str, more: str = "") -> str:
    return f'<{tag}><geometry><mesh filename="{name}" {more}/></geometry></{tag}>'


def box(size: float, suffix: str = "stl") -> bytes:
    data = trimesh.creation.box((size, size, size)).export(None, file_type=suffix)
    return data.encode() if isinstance(data, str) else data


def test_visual_shapes_are_drawn_and_collision_shapes_collide(read: Read) -> None:
    link = f"{INERTIAL}<visual>{SPHERE}</visual><collision>{SPHERE}</collision>"
    model = read(one_joint_urdf(link)).spec.compile()
    assert list(model.geom_contype) == list(model.geom_conaffinity) == [0, 1]
    assert model.geom_group[0] <= 2 < model.geom_group[1]


def test_collision_shapes_are_drawn_where_there_is_nothing_else(read: Read) -> None:
    model = read(one_joint_urdf(f"{INERTIAL}<collision>{SPHERE}</collision>")).spec.compile()
    assert list(model.geom_group) == [0]


def test_colours_are_found_by_their_names(read: Read) -> None:
    material = '<material name="blue"><color rgba="0 0 1 0.5"/></material>'
    visual = f'<visual>{SPHERE}<material name="blue"/></visual>'
    model = read(one_joint_urdf(INERTIAL + visual, more=material)).spec.compile()
    np.testing.assert_allclose(model.geom_rgba[0], [0, 0, 1, 0.5])


def test_meshes_of_one_name_in_two_folders_are_two(write: Write) -> None:
    write("visual/a.stl", box(0.1))
    write("collision/a.stl", box(0.2))
    link = INERTIAL + mesh("visual", "visual/a.stl") + mesh("collision", "collision/a.stl")
    model = read_robot_file(write("arm.urdf", one_joint_urdf(link))).spec.compile()
    np.testing.assert_allclose(model.geom_rbound, np.sqrt(3) * np.array([0.05, 0.1]), rtol=1e-5)


def test_a_mesh_has_a_scale_of_one_number_or_three(write: Write) -> None:
    write("a.stl", box(100.0))
    for scale in ("0.001", "0.001 0.001 0.001", "-0.001 0.001 0.001"):
        link = INERTIAL + mesh("collision", "a.stl", f'scale="{scale}"')
        model = read_robot_file(write("arm.urdf", one_joint_urdf(link))).spec.compile()
        np.testing.assert_allclose(model.geom_rbound, np.sqrt(3) * 0.05, rtol=1e-5)


def test_one_mesh_in_two_scales_is_two(write: Write) -> None:
    write("a.stl", box(1.0))
    link = INERTIAL + "".join(mesh("visual", "a.stl", f'scale="{x} {x} {x}"') for x in (0.1, 0.2))
    model = read_robot_file(write("arm.urdf", one_joint_urdf(link))).spec.compile()
    np.testing.assert_allclose(model.geom_rbound, np.sqrt(3) * np.array([0.05, 0.1]), rtol=1e-5)


def test_an_obj_file_that_only_trimesh_reads_is_converted(write: Write) -> None:
    lines = ["v 0 0 0", "v 1 0 0", "v 0 1 0", "v 0 0 1", "vn 0 0 1", "vt 0 0"]
    lines += [
        f"f {a}/9/9 {b}/9/9 {c}/9/9" for a, b, c in ((1, 3, 2), (1, 2, 4), (1, 4, 3), (2, 3, 4))
    ]
    write("a.obj", "\n".join(lines))
    link = INERTIAL + mesh("collision", "a.obj", 'scale="0.1 0.1 0.1"')
    robot = read_robot_file(write("arm.urdf", one_joint_urdf(link)))
    assert robot.spec.compile().ngeom == 1
    assert "Meshes of kinds that MuJoCo does not read are converted: a.obj." in robot.notes


def test_shapes_and_meshes_that_can_not_be_read_are_left_out_and_said(write: Write) -> None:
    write("bad.stl", b"no mesh")
    write("bad.dae", b"<COLLADA/>")
    flat = trimesh.Trimesh([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]], [[0, 1, 2], [1, 3, 2]])
    write("flat.stl", flat.export(None, file_type="stl"))
    link = (
        INERTIAL
        + mesh("visual", "bad.stl")
        + mesh("collision", "bad.dae")
        + mesh("collision", "flat.stl")
        + '<visual><geometry><box size="0 0 0"/></geometry></visual><visual/>'
        + "<collision><geometry><plane/></geometry></collision>"
        + f"<collision>{SPHERE}</collision>"
    )
    robot = read_robot_file(write("arm.urdf", one_joint_urdf(link)))
    assert robot.spec.compile().ngeom == 1
    notes = " ".join(robot.notes)
    assert "bad.stl (it has no triangles), bad.dae (it is damaged" in notes
    assert "flat.stl (mesh 'flat_stl' has coplanar vertices, cannot compute convex hull)" in notes
    assert "visual of arm, visual of arm, collision of arm" in notes


def test_a_missing_mesh_is_named_with_where_it_was_looked_for(refusal: Callable[..., str]) -> None:
    sentence = refusal(one_joint_urdf(INERTIAL + mesh("visual", "package://a_robot/m.stl")))
    assert "the link 'arm' needs the mesh 'package://a_robot/m.stl'" in sentence
    assert "neither in an installed ROS package nor in" in sentence


def test_a_mesh_that_is_a_git_lfs_pointer_says_so(
    write: Write, refusal: Callable[..., str]
) -> None:
    write("arm.urdf.stl", b"version https://git-lfs.github.com/spec/v1\n")
    sentence = refusal(one_joint_urdf(INERTIAL + mesh("visual", "arm.urdf.stl")))
    assert "Git LFS pointer" in sentence


def test_the_hash_follows_the_meshes(write: Write) -> None:
    path = write("arm.urdf", one_joint_urdf(INERTIAL + mesh("visual", "a.stl")))
    hashes = []
    for size in (0.1, 0.1, 0.2):
        write("a.stl", box(size))
        hashes.append(read_robot_file(path).content_hash)
    assert hashes[0] == hashes[1] != hashes[2]


def test_nothing_is_written_beside_the_file(write: Write) -> None:
    write("a.ply", box(0.1, "ply"))
    path = write("arm.urdf", one_joint_urdf(INERTIAL + mesh("visual", "a.ply")))
    read_robot_file(path).spec.compile()
    assert {file.name for file in path.parent.iterdir()} == {"a.ply", "arm.urdf"}
