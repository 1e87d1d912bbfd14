"""Says in plain words why MuJoCo refuses a model, and what to change."""

import re
import warnings
from pathlib import Path

import mujoco

from arm_sim.common.errors import UserError
from arm_sim.robot_description.includes import hint_at_whole
from arm_sim.robot_description.xml_text import parse_xml

# What MuJoCo wrote for each kind: a pattern of its message, and a sentence with its groups.
_KINDS = [
    (
        r"unrecognized attribute: '(.*?)'\s+Element '(.*?)'",
        "MuJoCo {version} has no attribute '{0}' of <{1}>; it is from another version, or "
        "misspelt. Remove it, or write what has replaced it.",
    ),
    (
        r"unrecognized element\s+Element '(.*?)'",
        "MuJoCo {version} has no element <{0}> there; it is from another version, or misspelt. "
        "Remove it, or write what has replaced it.",
    ),
    (
        r"global coordinates no longer supported",
        'coordinate="global" is no longer read; load and save the file once in MuJoCo 2.3.3.',
    ),
    (
        r"mass and inertia of moving bodies.*Element name '(.*?)'",
        "the body '{0}' moves but has no mass; give it an <inertial>, or a geom that has mass.",
    ),
    (
        r"inertia must satisfy A \+ B >= C.*Element name '(.*?)'",
        "the inertia of the body '{0}' is not that of any solid (its smaller two values must "
        'add up to the largest or more); correct it, or add <compiler balanceinertia="true"/>.',
    ),
    (
        r"free joint can only be used on top level",
        "it has a free joint on a body within another body; only bodies of the world may have one.",
    ),
    (
        r"repeated name '(.*?)' in (\w+)",
        "two elements <{1}> have the name '{0}'; rename one.",
    ),
    (
        r"plugin (\S+) not found",
        "it needs the MuJoCo plugin {0}, which is not part of MuJoCo {version}.",
    ),
    (
        r"no decoder found for mesh file '(.*?)'",
        "MuJoCo reads meshes in STL and OBJ, not '{0}'; convert it.",
    ),
    (
        r"ELEMENT_DEPTH_EXCEEDED",
        "its elements are within each other too many times.",
    ),
    (
        r"unknown default (?:class|childclass)(?: name)? '(.*?)'",
        "it uses the default class '{0}', which it does not define.",
    ),
    (
        r"bad format in attribute '(.*?)'\s+Element '(.*?)'",
        "the attribute '{0}' of <{1}> is not what MuJoCo reads there (numbers are separated by "
        "spaces).",
    ),
]
_MISSING_FILE = re.compile(r"[Ee]rror opening file '(.*?)'")
# What MuJoCo says where a file uses what another one, which includes it, defines.
_LACKS = re.compile(r"unknown default|not found")
_LINE = re.compile(r"\bline (\d+)")


def compile_spec(spec: mujoco.MjSpec) -> mujoco.MjModel:
    """Compiles a spec without MuJoCo's warnings.

    They are of what does no harm to an arm, as an OBJ file's wrong texture coordinates.

    Raises:
        ValueError: If MuJoCo can't.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return spec.compile()


def explain(path: Path, error: Exception, text: str | None = None) -> UserError:
    """Returns the error for the user of what MuJoCo said about a file.

    Args:
        path: The robot file.
        error: MuJoCo's error.
        text: The file's text without comments where MuJoCo read that very text.
    """
    message = " ".join(str(error).split())
    if text is not None and "XML parse error" in message:
        try:
            parse_xml(path, text)
        except UserError as malformed:
            return malformed
    line = _LINE.search(message)
    # In an included file MuJoCo counts that file's lines, and does not say which it is.
    alone = text is not None and "<include" not in text and line and line.group(1) != "0"
    where = f"{path}, line {line.group(1)}" if alone and line else f"{path}"
    if found := _MISSING_FILE.search(message):
        file = path.parent.absolute() / found.group(1)
        return UserError(f"{path}: it needs the file {file}, which is not there.")
    hint = hint_at_whole(path) if _LACKS.search(message) else ""
    for pattern, sentence in _KINDS:
        if found := re.search(pattern, message):
            reason = sentence.format(*found.groups(), version=mujoco.__version__)
            return UserError(f"{where}: {reason}{hint}")
    reason = re.sub(r"^(XML )?(Error: )+", "", message)
    reason = re.sub(r" Element name '(.*?)', id \d+(, line \d+)?", _in_words, reason)
    reason = re.sub(r" Element '(.*?)', line \d+", r" (<\1>)", reason).rstrip(".")
    return UserError(f"MuJoCo can't read {where}: {reason}.{hint}")


def _in_words(element: re.Match[str]) -> str:
    """The name of the element that MuJoCo's message is about, if it has one."""
    return f" ('{element.group(1)}')" if element.group(1) else ""
