"""CSV tables of a run, such as evaluations.csv with one row per evaluation."""

import csv
import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from arm_sim.common.atomic_files import write_text
from arm_trainer.evaluation.outcomes import Outcomes


def row_of(outcomes: Outcomes, **first: Any) -> dict[str, Any]:
    """Returns an evaluation as a row; `first` are columns that come before the outcomes'."""
    interval = outcomes.interval
    return {
        **first,
        "success": f"{interval.rate:.4f}",
        "success_lower": f"{interval.lower:.4f}",
        "success_upper": f"{interval.upper:.4f}",
        "time_to_reach": f"{outcomes.time_to_reach:.4f}",
        **{f"mean_{name}": f"{values.mean():.5f}" for name, values in outcomes.metrics.items()},
        "mean_return": f"{outcomes.returns.mean():.4f}",
    }


def quality(row: dict[str, Any]) -> tuple[float, float]:
    """Returns a key that sorts evaluations, the best last: by success, then by time to reach."""
    seconds = float(row["time_to_reach"])
    return float(row["success"]), -math.inf if math.isnan(seconds) else -seconds


def read_rows(file: Path) -> list[dict[str, Any]]:
    """Returns the rows of a table; an empty list if there is no such file."""
    if not file.is_file():
        return []
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


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
