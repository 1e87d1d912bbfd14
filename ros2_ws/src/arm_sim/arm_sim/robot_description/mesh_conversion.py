"""Reads meshes that MuJoCo does not, such as Collada, and returns them as binary STL."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import trimesh

# MuJoCo reads STL files of so many triangles (its stl_decoder.cc).
_MOST_TRIANGLES = 200_000
# Bytes of a binary STL file: a header, which ends with the number of triangles; each triangle.
_HEADER, _TRIANGLE = 84, 50
# Each colour of a mesh becomes a geom, which is drawn by itself.
_MOST_COLOURS = 16


class MeshError(ValueError):
    """A mesh file that can't be read; the message is the reason."""


@dataclass(frozen=True)
class MeshPart:
    """A mesh, or the part of one that has one colour, as a binary STL file.

    Attributes:
        content: The file's content; vertices in m.
        rgba: Its colour, four values from 0 to 1; None if the mesh has none.
    """

    content: bytes
    rgba: tuple[float, ...] | None = None


def is_readable_by_mujoco(file: Path, content: bytes) -> bool:
    """Returns whether MuJoCo reads a mesh file: OBJ, or binary STL of a bounded size."""
    suffix = file.suffix.lower()
    triangles = _triangles(content)
    return suffix == ".obj" or (suffix == ".stl" and 1 <= triangles <= _MOST_TRIANGLES)


def convert_mesh(file: Path, content: bytes, by_colour: bool) -> list[MeshPart]:
    """Returns a mesh file of any kind as meshes that MuJoCo reads.

    All kinds but large binary STL are read by trimesh. As in RViz, a Collada file's unit is applied
    and its up axis is not.

    Args:
        file: Collada, PLY, glTF, STL as text, or what else trimesh reads.
        content: Its content.
        by_colour: Whether each colour becomes a mesh of its own.

    Raises:
        MeshError: If it can't be read or has no triangles.
    """
    if file.suffix.lower() == ".stl" and _triangles(content) > 0:
        return _split(content, None)
    import trimesh  # Takes half a second, and most robots do not need it.

    try:
        scene = trimesh.load_scene(os.fspath(file), process=False)
        if file.suffix.lower() == ".dae":
            scene = scene.convert_units("meters")
        groups: dict[tuple[float, ...] | None, list[trimesh.Trimesh]] = {}
        for mesh in scene.dump():
            if isinstance(mesh, trimesh.Trimesh) and len(mesh.faces):
                groups.setdefault(_colour(mesh) if by_colour else None, []).append(mesh)
        if len(groups) > _MOST_COLOURS:
            groups = {None: [mesh for group in groups.values() for mesh in group]}
        parts = []
        for rgba, group in groups.items():
            parts += _split(trimesh.util.concatenate(group).export(None, file_type="stl"), rgba)
    except Exception as error:  # Each of its readers has errors of its own.
        raise MeshError("it is damaged, or of a kind that is not read") from error
    if not parts:
        raise MeshError("it has no triangles")
    return parts


def _colour(mesh: "trimesh.Trimesh") -> tuple[float, ...] | None:
    """A mesh's main colour, of the 256 steps that files have."""
    visual: Any = mesh.visual
    if not visual.defined:
        return None
    material = getattr(visual, "material", visual)
    return tuple(round(float(value) / 255, 4) for value in material.main_color)


def _triangles(content: bytes) -> int:
    """The number of triangles of a binary STL file; 0 if it is none."""
    count = int.from_bytes(content[_HEADER - 4 : _HEADER], "little")
    return count if len(content) == _HEADER + count * _TRIANGLE else 0


def _split(content: bytes, rgba: tuple[float, ...] | None) -> list[MeshPart]:
    """A binary STL file as such files that are not too large for MuJoCo."""
    parts = []
    step = _MOST_TRIANGLES * _TRIANGLE
    for start in range(_HEADER, len(content), step):
        triangles = content[start : start + step]
        header = content[: _HEADER - 4] + (len(triangles) // _TRIANGLE).to_bytes(4, "little")
        parts.append(MeshPart(header + triangles, rgba))
    return parts
