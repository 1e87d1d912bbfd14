"""Collects the meshes of a URDF file as assets in memory, under names of their own."""

import re
from collections.abc import Sequence
from pathlib import Path

from arm_sim.common.errors import UserError
from arm_sim.robot_description.file_references import MAX_ASSET_BYTES
from arm_sim.robot_description.mesh_conversion import (
    MeshError,
    convert_mesh,
    is_readable_by_mujoco,
)
from arm_sim.robot_description.mesh_locations import find_mesh_file
from arm_sim.robot_description.xml_text import read_bytes

Asset = tuple[str, tuple[float, ...] | None]  # the file's name in memory, its colour


class MeshLibrary:
    """The meshes of one URDF file, each file read once.

    MuJoCo's importer names a mesh by its file without folder and suffix, so that `visual/hand.dae`
    and `collision/hand.stl` would be one mesh. Here each gets a name of its own.

    Attributes:
        assets: The contents of files in memory, by name, for `MjSpec.from_string`.
        files: The files that were read.
        converted: Those of them that were converted.
        unreadable: What could not be read, and why, by the name of the file.
    """

    def __init__(self, robot_file: Path, mesh_folder: str) -> None:
        self.assets: dict[str, bytes] = {}
        self.files: list[Path] = []
        self.converted: list[Path] = []
        self.unreadable: dict[str, str] = {}
        self._robot_file = robot_file
        self._mesh_folder = mesh_folder
        self._found: dict[str, Path] = {}
        self._parts: dict[tuple[Path, str, bool], list[Asset]] = {}
        self._sources: dict[str, Path] = {}

    def add(self, where: str, uri: str, scale: str, by_colour: bool) -> Sequence[Asset]:
        """Returns the assets of a mesh: one, or one for each colour; none if it can't be read.

        Each scale has assets of its own, as it is a mesh of its own in the model.

        Raises:
            UserError: If the file is not found.
        """
        file = self._locate(where, uri)
        if file not in self.files:
            self.files.append(file)
        content = read_bytes(file, MAX_ASSET_BYTES)
        # What MuJoCo reads is taken as it is, in one piece.
        by_colour &= not is_readable_by_mujoco(file, content)
        key = (file, scale, by_colour)
        if key not in self._parts:
            self._parts[key] = self._read(file, content, by_colour)
        return self._parts[key]

    def has(self, mesh: str) -> bool:
        """Returns whether a name in the model is that of a mesh here."""
        return any(name.rpartition(".")[0] == mesh for name in self.assets)

    def leave_out(self, mesh: str, reason: str) -> None:
        """Notes that a mesh is not used."""
        short = " ".join(reason.split()).removeprefix("Error: ").partition(". ")[0]
        self.unreadable.setdefault(self._sources[self._asset(mesh)].name, short[:120])

    def convert(self, mesh: str) -> bool:
        """Converts an OBJ file that MuJoCo failed to read to STL; returns whether that is done.

        Args:
            mesh: The mesh's name in the model, which is that of its asset without suffix.
        """
        asset = self._asset(mesh)
        file = self._sources[asset]
        if not asset.endswith(".obj"):
            return False
        try:
            parts = convert_mesh(file, self.assets[asset], by_colour=False)
        except MeshError as error:
            self.unreadable[file.name] = str(error)
            return False
        if len(parts) > 1:
            return False
        del self.assets[asset]
        self.converted.append(file)
        self.assets[f"{mesh}.stl"] = parts[0].content
        self._sources[f"{mesh}.stl"] = file
        return True

    def _asset(self, mesh: str) -> str:
        return next(name for name in self.assets if name.rpartition(".")[0] == mesh)

    def _locate(self, where: str, uri: str) -> Path:
        if uri not in self._found:
            file = find_mesh_file(uri, self._robot_file, self._mesh_folder)
            if file is None:
                folder = self._robot_file.absolute().parent
                raise UserError(
                    f"{where} needs the mesh '{uri}', which is neither in an installed ROS package "
                    f"nor in {folder}, nor in the folders above and beside; put its package there, "
                    "or source the workspace that has it."
                )
            self._found[uri] = file
        return self._found[uri]

    def _read(self, file: Path, content: bytes, by_colour: bool) -> list[Asset]:
        if is_readable_by_mujoco(file, content):
            return [(self._store(file, content, file.suffix.lower()), None)]
        try:
            parts = convert_mesh(file, content, by_colour)
        except MeshError as error:
            self.unreadable[file.name] = str(error)
            return []
        self.converted.append(file)
        return [(self._store(file, part.content, ".stl"), part.rgba) for part in parts]

    def _store(self, file: Path, content: bytes, suffix: str) -> str:
        """Stores a content under a name that no other has; returns the name."""
        stem = re.sub(r"\W", "_", file.name)
        name, count = f"{stem}{suffix}", 1
        while name in self.assets:
            count += 1
            name = f"{stem}_{count}{suffix}"
        self.assets[name] = content
        self._sources[name] = file
        return name
