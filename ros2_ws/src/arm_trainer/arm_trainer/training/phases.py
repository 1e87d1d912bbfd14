"""Wall time and samples of each phase of a training, in phases.csv."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from arm_trainer.training.csv_logs import read_rows, write_rows


class Phases:
    """Writes a row for each phase when it ends; a resumed run adds rows."""

    def __init__(self, file: Path) -> None:
        """Reads the rows of earlier phases, if the file exists."""
        self._file = file
        self._rows = read_rows(file)

    @contextmanager
    def phase(self, name: str) -> Iterator[list[int]]:
        """Times a phase; its row is also written if the block raises.

        Yields:
            A list to which the block appends numbers of samples; the row has their sum.
        """
        samples: list[int] = []
        began = time.monotonic()
        try:
            yield samples
        finally:
            seconds = time.monotonic() - began
            row = {"phase": name, "samples": sum(samples), "seconds": f"{seconds:.2f}"}
            self._rows.append(row)
            write_rows(self._file, self._rows)

    def totals(self) -> dict[str, tuple[int, float]]:
        """Returns the samples and seconds of each phase, by its name."""
        totals: dict[str, tuple[int, float]] = {}
        for row in self._rows:
            samples, seconds = totals.get(row["phase"], (0, 0.0))
            totals[row["phase"]] = samples + int(row["samples"]), seconds + float(row["seconds"])
        return totals
