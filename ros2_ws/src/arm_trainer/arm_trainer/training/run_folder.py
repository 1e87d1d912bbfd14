"""Run folders: what a training leaves behind, and nothing half-written.

logs/fetch_arm/ppo_20251203_103045/
    arm_ppo_final.zip   best_model.zip   checkpoints/arm_ppo_10000_steps.zip …
    events.out.tfevents*   settings.yaml   evaluations.csv   policy/ (bundle)   curve.png
"""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from arm_sim.common.config import read_yaml
from arm_sim.common.errors import UserError


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
