"""A file or folder is there whole or as it was, whatever goes wrong while writing it."""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from arm_sim.common import atomic_files
from arm_sim.common.atomic_files import atomic_folder, atomic_write, write_text
from arm_sim.common.errors import UserError

Atomic = Callable[[Path], AbstractContextManager[Path]]


@contextmanager
def one_file_of_a_folder(path: Path) -> Iterator[Path]:
    """`atomic_folder` used like `atomic_write`: `path` is the one file in its folder."""
    with atomic_folder(path.parent) as folder:
        yield folder / path.name


@pytest.fixture(params=[atomic_write, one_file_of_a_folder], ids=["file", "folder"])
def atomic(request: pytest.FixtureRequest) -> Atomic:
    return request.param


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run" / "policy" / "model.bin"


def everything(folder: Path) -> list[str]:
    return sorted(str(found.relative_to(folder)) for found in folder.rglob("*"))


def test_what_is_written_is_there_and_nothing_else(
    atomic: Atomic, path: Path, tmp_path: Path
) -> None:
    for content in (b"first", b"second, longer"):
        with atomic(path) as temporary:
            assert temporary != path
            temporary.write_bytes(content)
        assert path.read_bytes() == content
        assert everything(tmp_path) == ["run", "run/policy", "run/policy/model.bin"]


def test_until_it_is_complete_the_old_one_is_there(atomic: Atomic, path: Path) -> None:
    with atomic(path) as temporary:
        temporary.write_bytes(b"old")
    with atomic(path) as temporary:
        temporary.write_bytes(b"half of the n")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"half of the n"


@pytest.mark.parametrize("error", [ValueError("x"), UserError("x"), KeyboardInterrupt()], ids=repr)
def test_a_writer_that_fails_leaves_what_was_there(
    atomic: Atomic, path: Path, tmp_path: Path, error: BaseException
) -> None:
    with atomic(path) as temporary:
        temporary.write_bytes(b"old")
    before = everything(tmp_path)
    with pytest.raises(type(error)), atomic(path) as temporary:
        temporary.write_bytes(b"half of the n")
        raise error
    assert path.read_bytes() == b"old"
    assert everything(tmp_path) == before


@pytest.mark.parametrize("exists", [True, False])
@pytest.mark.parametrize("where", ["writer", "fsync", "chmod", "replace"])
def test_a_full_disk_is_one_sentence_and_leaves_what_was_there(
    atomic: Atomic,
    path: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    where: str,
    exists: bool,
) -> None:
    path.parent.mkdir(parents=True)
    if exists:
        path.write_bytes(b"old")
    before = everything(tmp_path)
    called = []

    def full(*_: object) -> None:
        called.append(where)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if where != "writer":
        monkeypatch.setattr(atomic_files.os, where, full)
    try:
        with atomic(path) as temporary:
            temporary.write_bytes(b"new")
            if where == "writer":
                full()
    except UserError as error:
        assert "No space left on device" in str(error) and str(path.parent) in str(error)
        assert path.exists() == exists
        assert not exists or path.read_bytes() == b"old"
        assert everything(tmp_path) == before
    else:
        assert where == "replace" and not called  # Folders are renamed.
        assert path.read_bytes() == b"new"


@pytest.mark.parametrize("number", [1, 2])
def test_a_folder_that_cannot_be_renamed_leaves_what_was_there(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    with atomic_folder(path.parent) as folder:
        (folder / path.name).write_bytes(b"old")
    before = everything(tmp_path)
    rename, calls = os.rename, []

    def full(source: Path, target: Path) -> None:
        calls.append(target)
        if len(calls) == number:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        rename(source, target)

    monkeypatch.setattr(atomic_files.os, "rename", full)
    with pytest.raises(UserError, match="No space left"), atomic_folder(path.parent) as folder:
        (folder / path.name).write_bytes(b"new")
    assert everything(tmp_path) == before
    assert path.read_bytes() == b"old"


def test_where_nothing_can_be_written_is_one_sentence(
    atomic: Atomic, path: Path, tmp_path: Path
) -> None:
    (tmp_path / "run").write_text("a file where the folder should be")
    with pytest.raises(UserError, match=r"Can't write .*policy"), atomic(path):
        pytest.fail("there is nowhere to write")
    assert everything(tmp_path) == ["run"]


def test_others_may_read_what_is_written(atomic: Atomic, path: Path) -> None:
    with atomic(path) as temporary:
        temporary.write_bytes(b"new")
    assert path.stat().st_mode & 0o444 == 0o444
    assert path.parent.stat().st_mode & 0o555 == 0o555


def test_text_is_written_as_utf_8(path: Path) -> None:
    write_text(path, "95 % – α\n")
    assert path.read_bytes() == "95 % – α\n".encode()
