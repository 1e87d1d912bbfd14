"""Finds the files that an MJCF file refers to, and hashes what a robot is made of."""

import hashlib
import itertools
import os
import re
from collections.abc import Iterable
from pathlib import Path

from arm_sim.common.errors import UserError
from arm_sim.robot_description.xml_text import read_bytes, read_text, root_tag

# Meshes of one robot are some MB; this bounds what a wrong reference can make us read.
MAX_ASSET_BYTES = 512 * 2**20
# Attributes that name files: file of include, mesh, texture…; fileright and the like of textures.
_FILE = re.compile(r"""\bfile(?:right|left|up|down|front|back)?\s*=\s*["']([^"']+)["']""")
_FOLDER = re.compile(r"""\b(?:mesh|texture|asset)dir\s*=\s*["']([^"']*)["']""")


def find_references(path: Path, text: str) -> list[Path]:
    """Returns the files that an MJCF text refers to, directly or by other MJCF files, each once.

    Files that are not there are left out: MuJoCo names them. It looks beside the MJCF file and in
    the folders that <compiler> names, which are taken together here.

    Args:
        path: The MJCF file.
        text: Its text without comments.

    Raises:
        UserError: If a file refers back to itself, or a file is no regular one or too large.
    """
    found: dict[Path, None] = {}
    _collect(path, text, path.parent, (path,), found)
    return list(found)


def _collect(
    path: Path, text: str, top: Path, parents: tuple[Path, ...], found: dict[Path, None]
) -> None:
    folders = ["", *dict.fromkeys(_FOLDER.findall(text))]
    for name in dict.fromkeys(_FILE.findall(text)):
        names = (name, name.replace("\\", "/").rpartition("/")[2])  # <compiler strippath>
        for base, folder, choice in itertools.product((path.parent, top), folders, names):
            file = base / folder / choice
            if not os.path.exists(file):
                continue
            if any(os.path.samefile(file, parent) for parent in parents):
                raise UserError(f"{path} refers to {file}, which in turn leads back to it.")
            if file in found:
                break
            found[file] = None
            if file.suffix.lower() in (".xml", ".mjcf", ".urdf"):
                part = read_text(file)
                # A model of its own looks for its files beside itself, a part beside the whole.
                base = file.parent if root_tag(part) == "mujoco" else top
                _collect(file, part, base, (*parents, file), found)
            break


def content_hash(text: str, files: Iterable[Path]) -> str:
    """Returns the SHA-256 of a robot file's text without comments and of its other files.

    Raises:
        UserError: If a file can't be read.
    """
    whole = hashlib.sha256(hashlib.sha256(text.encode()).digest())
    for file in files:
        whole.update(hashlib.sha256(read_bytes(file, MAX_ASSET_BYTES)).digest())
    return whole.hexdigest()
