"""Run folders: what a training leaves behind, and nothing half-written.

logs/fetch_arm/ppo_20251203_103045/
    arm_ppo_final.zip   best_model.zip   checkpoints/arm_ppo_10000_steps.zip …
    events.out.tfevents*   settings.yaml   evaluations.csv   policy/ (bundle)   curve.png
"""

import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from arm_sim.common.config import read_yaml
from arm_sim.common.errors import UserError


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Gives a temporary path; what is written there becomes `path`, whole or not at all.

    Raises:
        UserError: If the disk is full or can't be written; `path` is as it was.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=path.suffix)
        os.close(handle)
    except OSError as error:
        raise UserError(f"Can't write {path}: {error.strerror}.") from error
    temporary = Path(name)
    try:
        yield temporary
        os.chmod(temporary, 0o644)
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        os.replace(temporary, path)
        _sync_folder(path.parent)
    except OSError as error:
        raise UserError(f"Can't write {path}: {error.strerror or error}.") from error
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Writes a text file, whole or not at all.

    Raises:
        UserError: If it can't be written.
    """
    with atomic_write(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """Gives a temporary folder beside `path`; it replaces `path` once it is complete.

    Raises:
        UserError: If the disk is full or can't be written; `path` is as it was.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=path.parent, prefix="."))
    except OSError as error:
        raise UserError(f"Can't write {path}: {error.strerror}.") from error
    try:
        yield temporary
        for file in temporary.iterdir():
            with file.open("rb") as written:
                os.fsync(written.fileno())
        os.chmod(temporary, 0o755)
        if path.exists():
            _replace_folder(temporary, path)
        else:
            os.rename(temporary, path)
        _sync_folder(path.parent)
    except OSError as error:
        raise UserError(f"Can't write {path}: {error.strerror or error}.") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _replace_folder(new: Path, path: Path) -> None:
    """Puts `new` where `path` is; a rename that fails leaves `path` as it was."""
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


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class RunFolder:
    """One run's folder.

    Attributes:
        path: Where it is.
        algorithm: 'ppo', 'a2c' or 'sac'.
    """

    def __init__(self, path: Path, algorithm: str) -> None:
        """Names an existing folder; see `create` and `open`."""
        self.path = path
        self.algorithm = algorithm

    @classmethod
    def create(cls, logs: Path, robot: str, algorithm: str) -> "RunFolder":
        """Makes `logs/<robot>/<algorithm>_<YYYYMMDD_HHMMSS>/`, with a number added if it is taken.

        Raises:
            UserError: If it can't be made.
        """
        stamp = datetime.now().strftime("%Y%m%d_%H%M%S")
        base = logs / robot / f"{algorithm}_{stamp}"
        try:
            base.parent.mkdir(parents=True, exist_ok=True)
            for attempt in range(1, 1000):
                path = base if attempt == 1 else base.with_name(f"{base.name}_{attempt}")
                try:
                    path.mkdir()
                except FileExistsError:
                    continue
                return cls(path, algorithm)
        except OSError as error:
            raise UserError(f"Can't make the run folder {base}: {error.strerror}.") from error
        raise UserError(f"There are too many runs named {base}.")

    @classmethod
    def open(cls, path: Path) -> "RunFolder":
        """Opens an existing run.

        Raises:
            UserError: If it is not one.
        """
        if not (path / "settings.yaml").is_file():
            raise UserError(
                f"{path} is not a run: it has no settings.yaml "
                "(a run is a folder like logs/fetch_arm/ppo_20251203_103045)."
            )
        return cls(path, str(read_yaml(path / "settings.yaml").get("algorithm")))

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps other processes from training in this folder; a killed process's lock is gone.

        Raises:
            UserError: If one does already.
        """
        folder = os.open(self.path, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(folder)
            raise UserError(f"{self.path} is just being trained by another process.") from None
        try:
            yield
        finally:
            os.close(folder)

    @property
    def settings(self) -> Path:
        """The resolved settings."""
        return self.path / "settings.yaml"

    @property
    def final_model(self) -> Path:
        """The model at the end of training."""
        return self.path / f"arm_{self.algorithm}_final.zip"

    @property
    def best_model(self) -> Path:
        """The model of the best evaluation."""
        return self.path / "best_model.zip"

    @property
    def evaluations(self) -> Path:
        """A row for each evaluation."""
        return self.path / "evaluations.csv"

    @property
    def curve(self) -> Path:
        """Picture of success against steps."""
        return self.path / "curve.png"

    @property
    def bundle(self) -> Path:
        """The policy bundle."""
        return self.path / "policy"

    def checkpoint(self, steps: int) -> Path:
        """The checkpoint after so many steps."""
        return self.path / "checkpoints" / f"arm_{self.algorithm}_{steps}_steps.zip"

    def checkpoints(self) -> list[tuple[int, Path]]:
        """Returns (steps, file) of every checkpoint, oldest first."""
        pattern = re.compile(rf"arm_{self.algorithm}_(\d+)_steps\.zip")
        found = []
        for file in (self.path / "checkpoints").glob("*.zip"):
            if match := pattern.fullmatch(file.name):
                found.append((int(match.group(1)), file))
        return sorted(found)
