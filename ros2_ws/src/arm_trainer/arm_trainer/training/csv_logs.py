"""CSV tables of a run, such as evaluations.csv with one row per evaluation."""

import csv
import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from arm_sim.common.atomic_files import write_text
from arm_sim.common.errors import UserError
from arm_trainer.evaluation.judgement import IN_A_ROW, named
from arm_trainer.evaluation.outcomes import Outcomes


def row_of(outcomes: Outcomes, **first: Any) -> dict[str, Any]:
    """Returns an evaluation as a row; `first` are columns that come before the outcomes'."""
    figures = named(IN_A_ROW, outcomes.interval)
    return {
        **first,
        **{name: f"{value:.4f}" for name, value in figures.items()},
        "targets_in_a_row": max(map(len, outcomes.rows)),
        "time_to_reach": f"{outcomes.time_to_reach:.4f}",
        **{f"mean_{name}": f"{values.mean():.5f}" for name, values in outcomes.metrics.items()},
        "mean_return": f"{outcomes.returns.mean():.4f}",
    }


def quality(row: dict[str, Any]) -> tuple[float, float]:
    """Returns a key that sorts evaluations, the best last.

    By success in a row, then by time to reach.
    """
    seconds = float(row["time_to_reach"])
    return float(row[IN_A_ROW]), -math.inf if math.isnan(seconds) else -seconds


def read_rows(file: Path) -> list[dict[str, Any]]:
    """Returns the rows of a table; an empty list if there is no such file."""
    if not file.is_file():
        return []
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def read_evaluations(file: Path) -> list[dict[str, Any]]:
    """Returns the rows of evaluations.csv; an empty list if there is no such file.

    Raises:
        UserError: If an older version has written it.
    """
    rows = read_rows(file)
    if rows and IN_A_ROW not in rows[0]:
        raise UserError(
            f"{file} has no column {IN_A_ROW}: an older version wrote it, and this version can't "
            "continue its run; train a new one."
        )
    return rows


def write_rows(file: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Writes a table of at least one row atomically; the first row names the columns.

    Raises:
        UserError: If it can't be written.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_text(file, text.getvalue())


def keep_rows_until(file: Path, column: str, largest: int) -> None:
    """Removes rows whose `column` is above `largest`: a resumed run writes them again."""
    rows = read_rows(file)
    kept = [row for row in rows if int(row[column]) <= largest]
    if kept:
        write_rows(file, kept)
    elif rows:
        file.unlink()
