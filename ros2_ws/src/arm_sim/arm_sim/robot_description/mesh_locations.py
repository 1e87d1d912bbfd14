"""Finds the file of a mesh that a URDF names: package://, model://, file:// and plain paths."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from ament_index_python.packages import get_package_share_directory

# How far above the robot file is searched, folders.
_LEVELS = 8
_SCHEME = re.compile(
    r"^(?:(package|model)://|\$\(find ([^)]+)\)/?|file:(?://(?:localhost(?=/))?)?)"
)


def find_mesh_file(uri: str, robot_file: Path, mesh_folder: str = "") -> Path | None:
    """Returns the file that a mesh's URI means on this machine; None if there is none.

    Tried in this order: the installed ROS package that the URI names; the path as it stands, which
    is relative to the robot file; then the path, each time with one folder less at its beginning,
    in the folders above the robot file and in those beside them. So a package that is copied, or
    renamed, and not installed is found too.

    Args:
        uri: As it stands in the URDF.
        robot_file: The URDF file.
        mesh_folder: The folder that a <compiler meshdir> names, relative to the robot file.
    """
    for name in dict.fromkeys((uri, unquote(uri))):
        for candidate in _candidates(name.replace("\\", "/"), robot_file.absolute(), mesh_folder):
            if os.path.isfile(candidate):
                return candidate
    return None


def _candidates(uri: str, robot_file: Path, mesh_folder: str) -> Iterator[Path]:
    scheme = _SCHEME.match(uri)
    path = uri[scheme.end() :] if scheme else uri
    folder = robot_file.parent
    package = ""
    if scheme and (scheme.group(1) or scheme.group(2)):
        if scheme.group(2):
            path = f"{scheme.group(2)}/{path}"
        package, _, rest = path.partition("/")
        if share := _share_folder(package):
            yield share / rest
    yield folder / path  # An absolute path replaces the folder.
    if mesh_folder:
        yield folder / mesh_folder / path
        yield folder / mesh_folder / path.rpartition("/")[2]
    parts = [part for part in path.split("/") if part not in ("", ".")]
    while ".." in parts:  # What is above is searched anyway.
        parts = parts[parts.index("..") + 1 :]
    # A name alone would find any file of that name: the package may go, its last folder may not.
    shortest = min(2, len(parts) - bool(package))
    above = [folder, *folder.parents][:_LEVELS]
    for first in range(len(parts) - shortest + 1):
        for level in above:
            yield level.joinpath(*parts[first:])
    for first in range(len(parts) - shortest + 1):
        for level in above[:2]:
            found = list(
                filter(os.path.isfile, (f.joinpath(*parts[first:]) for f in _within(level)))
            )
            if len(found) == 1:  # Of several, none is known to be this robot's.
                yield found[0]


def _within(folder: Path) -> list[Path]:
    """The folders in a folder."""
    try:
        return [Path(entry.path) for entry in os.scandir(folder) if entry.is_dir()]
    except OSError:
        return []


def _share_folder(package: str) -> Path | None:
    """The folder of an installed ROS package; None if it is not installed, or none is."""
    try:
        return Path(get_package_share_directory(package))
    except (LookupError, OSError, ValueError):
        return None
