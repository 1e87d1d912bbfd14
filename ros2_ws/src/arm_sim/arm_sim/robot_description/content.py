"""Identifies the content of a robot file and of all files that it is made of."""

import re
from pathlib import Path

from arm_sim.robot_description.file_references import content_hash, find_references
from arm_sim.robot_description.mesh_locations import find_mesh_file
from arm_sim.robot_description.xml_text import read_text, root_tag

_MESH = re.compile(r"""\bfilename\s*=\s*["']([^"']+)["']""")
_MESH_FOLDER = re.compile(r"""\b(?:mesh|asset)dir\s*=\s*["']([^"']*)["']""")


def robot_content_hash(path: Path) -> str:
    """Returns the SHA-256 of a robot file's text and of its meshes and includes.

    It does not depend on where they are.

    Raises:
        UserError: If a file can't be read.
    """
    text = read_text(path)
    if root_tag(text) != "robot":
        return content_hash(text, find_references(path, text))
    folder = next(iter(_MESH_FOLDER.findall(text)), "")
    found = [find_mesh_file(uri, path, folder) for uri in dict.fromkeys(_MESH.findall(text))]
    return content_hash(text, [file for file in found if file is not None])
