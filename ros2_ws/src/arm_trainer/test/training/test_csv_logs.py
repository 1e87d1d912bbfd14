"""Tables are written as text that anyone reads, and read back with the same values."""

from pathlib import Path

import numpy as np
import pytest

from arm_sim.common.errors import UserError
from arm_trainer.evaluation.outcomes import Outcomes
from arm_trainer.training.csv_logs import (
    keep_rows_until,
    quality,
    read_evaluations,
    read_rows,
    row_of,
    write_rows,
)

ROWS = [{"steps": 5, "success": "0.5000"}, {"steps": 10, "success": "0.7500"}]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "evaluations.csv"


def test_lines_end_as_on_unix_whatever_the_system(file: Path) -> None:
    write_rows(file, ROWS)
    assert file.read_bytes() == b"steps,success\n5,0.5000\n10,0.7500\n"


def test_a_table_is_read_back_and_one_that_is_not_there_is_empty(file: Path) -> None:
    assert read_rows(file) == []
    write_rows(file, [{"phase": "warm, slow", "samples": 3}])
    assert read_rows(file) == [{"phase": "warm, slow", "samples": "3"}]


def test_rows_that_a_resumed_run_writes_again_are_removed(file: Path) -> None:
    write_rows(file, ROWS)
    keep_rows_until(file, "steps", 7)
    assert [row["steps"] for row in read_rows(file)] == ["5"]
    keep_rows_until(file, "steps", 4)
    assert not file.exists()


def test_a_table_of_an_older_version_is_refused_in_one_sentence(file: Path) -> None:
    assert read_evaluations(file) == []
    write_rows(file, [row_of(outcomes([True], [6]), steps=7)])
    assert read_evaluations(file) == read_rows(file)
    write_rows(file, ROWS)
    with pytest.raises(UserError, match="has no column success_in_a_row: an older version"):
        read_evaluations(file)


def outcomes(success: list[bool], periods: list[int]) -> Outcomes:
    count = len(success)
    zeros = np.zeros(count)
    return Outcomes(
        success=np.array(success),
        periods=np.array(periods),
        metrics={"distance": zeros + 0.25},
        returns=zeros - 1,
        smoothness=zeros,
        energy=zeros,
        targets=np.zeros((count, 3)),
        control_period=0.1,
        num_arms=1,
        in_a_row=True,
    )


def test_a_row_has_success_with_its_interval_and_means() -> None:
    row = row_of(outcomes([True, False], [6, 100]), steps=7)
    assert list(row) == [
        *("steps", "success_in_a_row", "success_in_a_row_lower", "success_in_a_row_upper"),
        *("targets_in_a_row", "time_to_reach", "mean_distance", "mean_return"),
    ]
    assert (row["steps"], row["success_in_a_row"], row["time_to_reach"]) == (7, "0.5000", "0.6000")
    assert row["targets_in_a_row"] == 2
    assert (row["mean_distance"], row["mean_return"]) == ("0.25000", "-1.0000")


def test_the_best_evaluation_has_the_highest_success_then_the_shortest_time() -> None:
    never = row_of(outcomes([False, False], [9, 9]))
    slow = row_of(outcomes([True, False], [50, 9]))
    quick = row_of(outcomes([True, False], [5, 9]))
    best = row_of(outcomes([True, True], [80, 90]))
    assert sorted([best, quick, never, slow], key=quality) == [never, slow, quick, best]
