"""Reads the text of an XML file, and its elements, with limits on what a file may ask for."""

import os
import re
import stat
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from xml.parsers import expat

from arm_sim.common.errors import UserError

# Far more than the largest robot file found, 1 MB; meshes are files of their own.
MAX_TEXT_BYTES = 32 * 2**20
# MuJoCo takes a quarter of a minute for 10,000 bodies; the largest robot found has 3,300 elements.
_MOST_ELEMENTS = 20_000
_LFS_POINTER = b"version https://git-lfs"
_DECLARATION = re.compile(r"<\?xml[^>]*\?>")
_TAG = re.compile(r"[A-Za-z_][\w:.-]*")


def read_bytes(path: Path, limit: int) -> bytes:
    """Returns the content of a regular file.

    Raises:
        UserError: If it is missing, no regular file (a folder, a device), can't be read, is larger
            than `limit`, bytes, or is a Git LFS pointer instead of a file.
    """
    try:
        # Opening a named pipe would wait for its writer; so what it is is asked first.
        status = os.stat(path)
        regular = stat.S_ISREG(status.st_mode)
        content = path.read_bytes() if regular and status.st_size <= limit else b""
    except FileNotFoundError as error:
        raise UserError(f"There is no file {path}.") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UserError(f"Can't read {path}: {reason}.") from error
    if not regular:
        kind = "a folder" if stat.S_ISDIR(status.st_mode) else "no regular file"
        raise UserError(f"{path} is {kind}.")
    if status.st_size > limit:
        size, most = status.st_size / 2**20, limit / 2**20
        raise UserError(f"{path} has {size:.0f} MB; at most {most:.0f} MB of such a file are read.")
    if content.startswith(_LFS_POINTER):
        raise UserError(f"{path} is a Git LFS pointer, not the file itself; type 'git lfs pull'.")
    return content


def read_text(path: Path) -> str:
    """Returns an XML file's text without its comments; line numbers stay as they are.

    Raises:
        UserError: If it can't be read, is no UTF-8 text, or defines entities.
    """
    content = read_bytes(path, MAX_TEXT_BYTES)
    if not content.strip():
        raise UserError(f"{path} is empty.")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UserError(f"{path} is in UTF-16; save it in UTF-8.")
    if b"\0" in content:
        raise UserError(f"{path} is no text; name an MJCF or URDF file.")
    # Bytes that are no UTF-8 do no harm in comments, and MuJoCo reads past them there.
    text = _without_comments(content.decode("utf-8-sig", errors="surrogateescape"))
    wrong = next((i for i, c in enumerate(text) if "\udc80" <= c <= "\udcff"), None)
    if wrong is not None:
        line = text.count("\n", 0, wrong) + 1
        raise UserError(f"{path}, line {line}: a character is not in UTF-8; save it in UTF-8.")
    elements = text.count("<")
    if elements > _MOST_ELEMENTS:
        raise UserError(
            f"{path} has some {elements} XML elements; at most {_MOST_ELEMENTS} are read."
        )
    if "<!ENTITY" in text:
        raise UserError(f"{path} defines XML entities (<!ENTITY …>), which are not read.")
    return text


def _without_comments(text: str) -> str:
    """The text with the line ends of its comments alone, so that lines keep their numbers."""
    parts, end = [], 0
    while (start := text.find("<!--", end)) >= 0:
        parts.append(text[end:start])
        end = text.find("-->", start)
        end = len(text) if end < 0 else end + len("-->")
        parts.append("\n" * text.count("\n", start, end))
    return "".join(parts) + text[end:]


def root_tag(text: str) -> str | None:
    """Returns the tag of the first element of a text without comments; None if there is none."""
    start = text.find("<")
    while start >= 0 and text[start + 1 : start + 2] in ("?", "!"):  # <?xml …?>, <!DOCTYPE …>
        end = text.find(">", start)
        start = text.find("<", end) if end >= 0 else -1
    tag = _TAG.match(text, start + 1) if start >= 0 else None
    return tag.group() if tag else None


def parse_xml(path: Path, text: str) -> ElementTree.Element:
    """Returns the root element of an XML text, with tags as they are written.

    Namespaces are not resolved, as URDF files often use undeclared ones (`<controller:…>`).

    Raises:
        UserError: If it is malformed; the message names the line.
    """
    builder = ElementTree.TreeBuilder()
    parser = expat.ParserCreate(encoding="utf-8")
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    try:
        # MuJoCo and ROS read files with something before the declaration, which XML forbids.
        parser.Parse(_DECLARATION.sub("", text, count=1).encode(), True)
        return builder.close()
    except expat.ExpatError as error:
        reason = expat.ErrorString(error.code)
        raise UserError(f"{path}, line {error.lineno}: malformed XML: {reason}.") from error
