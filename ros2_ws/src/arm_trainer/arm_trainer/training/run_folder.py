"""Run folders: the files of one training run.

logs/fetch_arm/ppo_20251203_103045/
    arm_ppo_final.zip   best_model.zip   checkpoints/arm_ppo_10000_steps.zip …
    events.out.tfevents*   settings.yaml   evaluations.csv   policy/ (bundle)   curve.png
    summary.json
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
    """The folder of one run, with the paths of its files.

    Attributes:
        path: The folder.
        algorithm: Name of the algorithm, part of some files' names.
    """

    def __init__(self, path: Path, algorithm: str) -> None:
        """Refers to a folder without creating or checking it; see `create` and `open`."""
        self.path = path
        self.algorithm = algorithm

    @classmethod
    def create(cls, logs: Path, robot: str, algorithm: str) -> "RunFolder":
        """Creates `logs/<robot>/<algorithm>_<YYYYMMDD_HHMMSS>/`, numbered if that exists already.

        Raises:
            UserError: If it can't be created.
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
            UserError: If `path` is not a run.
        """
        if not (path / "settings.yaml").is_file():
            raise UserError(
                f"{path} is not a run: it has no settings.yaml "
                "(a run is a folder like logs/fetch_arm/ppo_20251203_103045)."
            )
        return cls(path, str(read_yaml(path / "settings.yaml").get("algorithm")))

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps other processes from training in this folder while the block runs.

        Raises:
            UserError: If another process does already.
        """
        # The lock is on the folder itself: it leaves no file behind, as a lock file would, and the
        # system releases it when the process is killed.
        folder = os.open(self.path, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(folder)
            raise UserError(f"{self.path} is already being trained by another process.") from None
        try:
            yield
        finally:
            os.close(folder)

    @property
    def settings(self) -> Path:
        """The settings of the run, with every default filled in."""
        return self.path / "settings.yaml"

    @property
    def scene_changes(self) -> Path:
        """What the task changes in the robot's scene, if anything; a simulator takes its path."""
        return self.path / "scene_changes.yaml"

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
        """Table with a row for each evaluation."""
        return self.path / "evaluations.csv"

    @property
    def curve(self) -> Path:
        """Plot of success in a row against steps."""
        return self.path / "curve.png"

    @property
    def summary(self) -> Path:
        """Figures of the policy bundle: success in a row and from fresh starts."""
        return self.path / "summary.json"

    @property
    def bundle(self) -> Path:
        """The policy bundle."""
        return self.path / "policy"

    def checkpoint(self, steps: int) -> Path:
        """Path of the checkpoint with the label `steps`."""
        return self.path / "checkpoints" / f"arm_{self.algorithm}_{steps}_steps.zip"

    def checkpoints(self) -> list[tuple[int, Path]]:
        """Returns (steps, file) of every checkpoint, oldest first."""
        pattern = re.compile(rf"arm_{self.algorithm}_(\d+)_steps\.zip")
        found = []
        for file in (self.path / "checkpoints").glob("*.zip"):
            if match := pattern.fullmatch(file.name):
                found.append((int(match.group(1)), file))
        return sorted(found)
