"""evaluations.csv: a row for each evaluation of a training."""

import csv
import math
from pathlib import Path
from typing import Any

from arm_sim.common.atomic_files import write_text
from arm_trainer.evaluation.outcomes import Outcomes


def row_of(outcomes: Outcomes, **first: Any) -> dict[str, Any]:
    """Returns an evaluation's row; `first` are columns that come before the outcomes'."""
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
    """Orders evaluations: by success, then by time to reach."""
    seconds = float(row["time_to_reach"])
    return float(row["success"]), -math.inf if math.isnan(seconds) else -seconds


def read_rows(file: Path) -> list[dict[str, Any]]:
    """Returns the rows of a table; none of a file that is not there."""
    if not file.is_file():
        return []
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def write_rows(file: Path, rows: list[dict[str, Any]]) -> None:
    """Writes a table of at least one row, whole or not at all.

    Raises:
        UserError: If it can't be written.
    """
    lines = [",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows)]
    write_text(file, "\n".join(lines) + "\n")


def keep_rows_until(file: Path, column: str, largest: int) -> None:
    """Forgets evaluations that a resumed run will do again."""
    rows = read_rows(file)
    kept = [row for row in rows if int(row[column]) <= largest]
    if kept:
        write_rows(file, kept)
    elif rows:
        file.unlink()
