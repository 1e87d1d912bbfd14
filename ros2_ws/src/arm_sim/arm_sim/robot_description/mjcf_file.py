"""Reads an MJCF file; textures that can't be read are left out."""

import math
import re
from pathlib import Path

import mujoco

from arm_sim.common.errors import UserError
from arm_sim.robot_description.mujoco_errors import compile_spec, explain

_REPLICATE = re.compile(r"""<replicate\b[^>]*?\bcount\s*=\s*["'](\d{1,9})""")
_MOST_COPIES = 1000


def read_mjcf(path: Path, text: str) -> tuple[mujoco.MjSpec, mujoco.MjModel, list[str]]:
    """Returns an MJCF file as a spec, its compiled model, and what was left out, a sentence each.

    A texture is only looks: one whose file is missing, or is no PNG, becomes plain white, which
    leaves each material its own colour.

    Args:
        path: The file.
        text: Its text without comments, for the lines in messages.

    Raises:
        UserError: If MuJoCo can't read it.
    """
    if path.suffix.lower() not in (".xml", ".urdf"):
        raise UserError(f"{path}: MuJoCo reads MJCF files whose names end in .xml; rename it.")
    _refuse_many_copies(path, text)
    try:
        spec = mujoco.MjSpec.from_file(str(path.absolute()))
    except ValueError as error:
        raise explain(path, error, text) from error
    plain: list[str] = []
    while True:
        try:
            model = compile_spec(spec)
        except ValueError as error:
            texture = _named_texture(spec, str(error))
            if texture is None:
                raise explain(path, error, text) from error
            plain.extend(_make_plain(texture))
        else:
            break
    if not plain:
        return spec, model, []
    names = ", ".join(dict.fromkeys(plain))
    return spec, model, [f"Textures that can't be read are drawn white: {names}."]


def _named_texture(spec: mujoco.MjSpec, message: str) -> mujoco.MjsTexture | None:
    """The texture that an error of the compiler is about."""
    for texture in spec.textures:
        files = _files(texture)
        missing = "Error opening file" in message and any(f"{file}'" in message for file in files)
        if files and (missing or f"Element name '{texture.name}'" in message):
            return texture
    return None


def _files(texture: mujoco.MjsTexture) -> list[str]:
    return [file for file in (texture.file, *texture.cubefiles) if file]


def _make_plain(texture: mujoco.MjsTexture) -> list[str]:
    """Makes a texture white; returns the files that it was of."""
    files = _files(texture)
    texture.file = ""
    texture.cubefiles = [""] * len(texture.cubefiles)
    texture.builtin = mujoco.mjtBuiltin.mjBUILTIN_FLAT
    texture.rgb1 = texture.rgb2 = (1.0, 1.0, 1.0)
    texture.width = texture.height = 1
    return files


def _refuse_many_copies(path: Path, text: str) -> None:
    """Refuses <replicate> elements that make so many bodies that memory or patience would end."""
    copies = math.prod(int(count) for count in _REPLICATE.findall(text))
    if copies > _MOST_COPIES:
        raise UserError(f"{path} asks for {copies} copies (<replicate>); at most {_MOST_COPIES}.")
