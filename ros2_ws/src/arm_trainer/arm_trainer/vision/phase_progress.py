"""PhaseProgress: a progress bar and a row in phases.csv for each phase; phases stop on request."""

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tqdm import tqdm

from arm_sim.common.command import Stopped
from arm_trainer.training.phases import Phases


class PhaseBar:
    """The progress bar of one phase.

    Attributes:
        samples: Samples of the phase, to be set before it ends.
    """

    def __init__(self, bar: Any, stop: threading.Event) -> None:
        """Wraps a tqdm bar, and the event that is set when the training is to stop."""
        self.samples = 0
        self._bar = bar
        self._stop = stop

    def advance(self, done: int, **values: str) -> None:
        """Shows how many units are done, and values by name.

        Raises:
            Stopped: If the training is to stop.
        """
        if values:
            self._bar.set_postfix(values, refresh=False)
        self._bar.update(done - self._bar.n)
        if self._stop.is_set():
            raise Stopped


class PhaseProgress:
    """Records the phases of a training, and shows the progress of each.

    Attributes:
        records: The phases recorded in phases.csv.
    """

    def __init__(self, file: Path, stop: threading.Event) -> None:
        """Continues a phases.csv, or begins one.

        Args:
            file: The file.
            stop: Set when the training is to stop.
        """
        self.records = Phases(file)
        self._stop = stop

    @contextlib.contextmanager
    def phase(self, name: str, total: int, unit: str) -> Iterator[PhaseBar]:
        """Records a phase, even one that is stopped, and shows a bar of `total` units."""
        with self.records.phase(name) as samples:
            with tqdm(total=total, unit=unit, unit_scale=True, smoothing=0.1) as bar:
                progress = PhaseBar(bar, self._stop)
                yield progress
            samples.append(progress.samples)
