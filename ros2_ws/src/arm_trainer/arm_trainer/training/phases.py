"""Phases: what a training's time and samples went into, in phases.csv."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from arm_trainer.training.csv_logs import read_rows, write_rows


class Phases:
    """Keeps a row for each phase, in the order in which they began; a resumed run adds rows."""

    def __init__(self, file: Path) -> None:
        """Goes on with the rows that are there."""
        self._file = file
        self._rows = read_rows(file)

    @contextmanager
    def phase(self, name: str) -> Iterator[list[int]]:
        """Times a phase, also one that is broken off.

        Yields:
            A list to which the phase adds how many samples it took.
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
        """Returns samples and seconds of each phase by name."""
        totals: dict[str, tuple[int, float]] = {}
        for row in self._rows:
            samples, seconds = totals.get(row["phase"], (0, 0.0))
            totals[row["phase"]] = samples + int(row["samples"]), seconds + float(row["seconds"])
        return totals
