"""Files of a policy bundle: found, read with limits, and checked by their hashes.

Nothing here runs or unpickles anything.
"""

import hashlib
import json
import os
import stat
from pathlib import Path

from arm_sim.common.config import build
from arm_sim.common.errors import UserError
from arm_trainer.policies.description import FORMAT, PolicyDescription, json_hash

MODEL = "policy.onnx"
DESCRIPTION = "policy.json"
# Largest sizes, bytes; an error message may quote a description, so it must not be huge.
_LARGEST = {MODEL: 256 * 2**20, DESCRIPTION: 2**20}
# The key by which an ONNX graph names a file that holds its weights; it has no other spelling.
_KEY_OF_OTHER_FILES = b"location"


def find_bundle(path: Path) -> Path:
    """Returns the bundle's folder, given a bundle or a run folder.

    Raises:
        UserError: If there is nothing, or a run that has no policy yet.
    """
    # Unlike Path's methods, these accept a path that is too long or not permitted.
    if not os.path.lexists(path):
        raise UserError(f"There is no {short(path)}.")
    if os.path.isdir(path / "policy"):
        return path / "policy"
    if os.path.isfile(path / "settings.yaml"):
        raise UserError(
            f"{path} has no policy yet: it is not finished, go on with "
            f"'./arm train --resume {path}'."
        )
    return path


def is_bundle_folder(folder: Path) -> bool:
    """Returns whether a folder holds nothing but a bundle's files, so that it may be replaced."""
    return {file.name for file in folder.iterdir()} <= {MODEL, DESCRIPTION}


def read_bundle(folder: Path) -> tuple[PolicyDescription, bytes]:
    """Returns a bundle's description and its ONNX model, after checking format and hashes.

    Raises:
        UserError: If it is not a bundle, of another format, or changed after the export.
    """
    try:
        text = _read_file(folder / DESCRIPTION).decode("utf-8")
        onnx = _read_file(folder / MODEL)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not text"
        raise UserError(
            f"{folder} is not a policy bundle, a folder with {MODEL} and {DESCRIPTION}: {reason}."
        ) from error
    try:
        values = json.loads(text)
        json_sha256 = json_hash(values) if isinstance(values, dict) else ""
    except (ValueError, RecursionError) as error:
        raise UserError(f"{folder / DESCRIPTION} is not JSON: {short(error)}.") from error
    if not isinstance(values, dict):
        raise UserError(f"{folder / DESCRIPTION} does not describe a policy.")
    if values.get("format") != FORMAT:
        raise UserError(
            f"{folder} has format {short(values.get('format'))}; this version reads format "
            f"{FORMAT}: export it again from its run, './arm export RUN'."
        )
    description = build(PolicyDescription, values, str(folder / DESCRIPTION))
    if description.json_sha256 != json_sha256:
        raise UserError(
            f"{folder / DESCRIPTION} was changed after the export: its SHA-256 differs."
        )
    if description.onnx_sha256 != hashlib.sha256(onnx).hexdigest():
        raise UserError(f"{folder / MODEL} was changed after the export: its SHA-256 differs.")
    if _KEY_OF_OTHER_FILES in onnx:
        # Such files are not covered by the hashes, and may be anywhere.
        raise UserError(f"{folder / MODEL} is not an ONNX policy: it keeps data in other files.")
    return description, onnx


def _read_file(path: Path) -> bytes:
    """Returns the content of a regular file of limited size; a pipe or a device might never end.

    Raises:
        OSError: If it can't be read.
        UserError: If it is something else.
    """
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise UserError(f"{path.parent} is not a policy bundle: {path.name} is not a file.")
        largest = _LARGEST[path.name]
        # The file might grow meanwhile, so the content that was read is measured too.
        content = file.read(largest + 1) if status.st_size <= largest else None
    if content is None or len(content) > largest:
        raise UserError(f"{path.parent} is not a policy bundle: {path.name} is too large.")
    return content


def short(text: object) -> str:
    """Returns text of an exception or a file, shortened to what any terminal can show."""
    return " ".join(str(text).split())[:200].encode(errors="backslashreplace").decode()
