"""Atomic writes: a reader finds a file or folder complete, or as it was before the write."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from arm_sim.common.errors import UserError


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Yields a temporary path; the file written there replaces `path` when the block ends.

    If the block raises, `path` is left as it was. Missing parent folders are created.

    Raises:
        UserError: If the disk is full or can't be written; `path` is as it was.
    """
    with _errors_as_sentences(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=path.suffix)
        os.close(handle)
        temporary = Path(name)
        try:
            yield temporary
            os.chmod(temporary, 0o644)
            _sync(temporary)
            os.replace(temporary, path)
            _sync(path.parent)
        finally:
            temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Writes a UTF-8 text file atomically.

    Raises:
        UserError: If it can't be written; `path` is as it was.
    """
    with atomic_write(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """Yields a temporary folder; it replaces the folder `path` when the block ends.

    If the block raises, `path` is left as it was. Only files directly in the folder are synced.

    Raises:
        UserError: If the disk is full or can't be written; `path` is as it was.
    """
    with _errors_as_sentences(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=path.parent, prefix="."))
        try:
            yield temporary
            for file in temporary.iterdir():
                _sync(file)
            os.chmod(temporary, 0o755)
            if path.exists():
                _replace_folder(temporary, path)
            else:
                os.rename(temporary, path)
            _sync(path.parent)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


@contextmanager
def _errors_as_sentences(path: Path) -> Iterator[None]:
    """Turns an operating system's error into a `UserError` that names `path`."""
    try:
        yield
    except OSError as error:
        raise UserError(f"Can't write {path}: {error.strerror or error}.") from error


def _replace_folder(new: Path, path: Path) -> None:
    """Puts `new` where `path` is; if a rename fails, `path` is as it was."""
    aside = Path(tempfile.mkdtemp(dir=path.parent, prefix="."))
    try:
        os.rename(path, aside / path.name)
        try:
            os.rename(new, path)
        except OSError:
            os.rename(aside / path.name, path)
            raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _sync(path: Path) -> None:
    """Waits until a file, or a folder's list of files, is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
