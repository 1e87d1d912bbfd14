"""A mesh is found where its package is, installed, copied or renamed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from arm_sim.robot_description.mesh_locations import find_mesh_file

Write = Callable[..., Path]


@pytest.mark.parametrize(
    ("uri", "file"),
    [
        ("meshes/a.stl", "urdf/meshes/a.stl"),
        ("../meshes/a.stl", "meshes/a.stl"),
        ("meshes\\a.stl", "urdf/meshes/a.stl"),
        ("my%20meshes/a.stl", "urdf/my meshes/a.stl"),
        ("package://robot/meshes/a.stl", "meshes/a.stl"),  # in the package's own folder
        ("package://robot/meshes/a.stl", "robot/meshes/a.stl"),
        ("model://robot/meshes/a.stl", "urdf/robot/meshes/a.stl"),
        ("package://renamed/meshes/a.stl", "meshes/a.stl"),
        ("package://robot/meshes/a.stl", "other_name/meshes/a.stl"),  # in a folder beside
        ("package://whole/src/robot/meshes/a.stl", "meshes/a.stl"),
        ("$(find robot)/meshes/a.stl", "robot/meshes/a.stl"),
        ("/home/else/robot/meshes/a.stl", "meshes/a.stl"),
        ("file:///home/else/robot/meshes/a.stl", "meshes/a.stl"),
        ("a.stl", "cad/a.stl"),  # in the folder that <compiler meshdir> names
        ("old/a.stl", "cad/a.stl"),
    ],
)
def test_a_mesh_is_found(write: Write, uri: str, file: str) -> None:
    urdf, mesh = write("urdf/arm.urdf", ""), write(file, "mesh")
    assert find_mesh_file(uri, urdf, "../cad").resolve() == mesh  # type: ignore[union-attr]


def test_a_path_that_is_there_is_taken(write: Write) -> None:
    mesh = write("elsewhere/a b.stl", "mesh")
    for uri in (str(mesh), f"file://{mesh}", f"file://localhost{mesh}", f"file:{mesh}"):
        assert find_mesh_file(uri, write("urdf/arm.urdf", "")) == mesh


def test_an_installed_package_comes_first(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("prefix/share/ament_index/resource_index/packages/robot", "")
    installed = write("prefix/share/robot/meshes/a.stl", "installed")
    write("robot/meshes/a.stl", "beside")
    monkeypatch.setenv("AMENT_PREFIX_PATH", str(tmp_path / "prefix"))
    found = find_mesh_file("package://robot/meshes/a.stl", write("urdf/arm.urdf", ""))
    assert found == installed


@pytest.mark.parametrize(
    ("uri", "files"),
    [
        ("package://robot/meshes/a.stl", ["a.stl"]),  # A name alone says too little.
        ("package://robot/visual/a.stl", ["collision/a.stl"]),
        ("package://robot/meshes/a.stl", ["one/meshes/a.stl", "two/meshes/a.stl"]),
        ("package://robot/meshes/*.stl", ["one/meshes/a.stl"]),
        ("package://", ["a.stl"]),
        ("", ["a.stl"]),
        ("\0", ["a.stl"]),
        ("x" * 300, ["a.stl"]),
    ],
)
def test_what_may_be_another_mesh_is_not_taken(write: Write, uri: str, files: list[str]) -> None:
    for file in files:
        write(file, "mesh")
    assert find_mesh_file(uri, write("urdf/arm.urdf", "")) is None
