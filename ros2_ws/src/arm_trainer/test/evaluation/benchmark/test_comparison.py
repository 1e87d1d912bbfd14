"""The recommendation follows its rule; the table has a column for each algorithm."""

import math
from pathlib import Path

from arm_trainer.evaluation.benchmark.comparison import recommend, summarize_algorithms, table
from arm_trainer.evaluation.benchmark.report import write_report
from arm_trainer.evaluation.benchmark.results import JobResult


def result(algorithm: str, successes: int, seconds: float = 10.0, seed: int = 0) -> JobResult:
    return JobResult(
        algorithm=algorithm,
        seed=seed,
        run=f"/logs/{algorithm}_{seed}",
        wall_seconds=2 * seconds,
        success_in_a_row=successes / 1000,
        targets=1000,
        independent_targets=1000.0,
        success_from_fresh_starts=0.999,
        gets_lost=successes < 900,
        time_to_reach=0.5,
        steps=[100, 200],
        seconds=[seconds / 2, seconds],
        evaluations=[0.5, 0.95] if math.isfinite(seconds) else [0.5, 0.6],
        policy_bytes=2048,
    )


def recommended(*results: JobResult) -> str:
    return recommend(summarize_algorithms(results)).algorithm


def test_the_quickest_of_those_that_are_equal_is_recommended() -> None:
    assert recommended(result("ppo", 998, 20.0), result("sac", 1000, 40.0)) == "ppo"
    assert recommended(result("ppo", 900, 20.0), result("sac", 1000, 40.0)) == "sac"


def test_one_seed_that_never_reached_it_counts_as_never() -> None:
    slow = [result("sac", 1000, 90.0, seed) for seed in (0, 1)]
    assert recommended(result("ppo", 1000), result("ppo", 1000, math.inf, 1), *slow) == "sac"


def test_where_none_reached_it_the_highest_success_is_recommended() -> None:
    assert recommended(result("ppo", 700, math.inf), result("a2c", 710, math.inf)) == "a2c"


def test_the_table_says_never_and_has_a_column_for_each() -> None:
    rows = table(summarize_algorithms([result("ppo", 998), result("a2c", 700, math.inf)]))
    assert rows[0] == ["", "PPO", "A2C"]
    cells = {row[0]: row[1:] for row in rows}
    assert cells["Wall time to 90 %"] == ["10.0 s", "never"]
    assert cells["From fresh starts"] == ["99.9%", "99.9%"]
    assert cells["Seeds that get lost"] == ["0", "1"]
    assert cells["Steps to 90 %"] == ["200", "never"]
    assert cells["Policy network"] == ["2 KiB", "2 KiB"]
    assert cells["Success in a row (95 % interval)"][0].startswith("99.8% (")


def test_the_page_has_both_plots_inside(tmp_path: Path) -> None:
    page = write_report([result("ppo", 998), result("sac", 1000)], tmp_path, "compare").read_text()
    assert page.count("data:image/png;base64,") == 2
    assert "Recommended: PPO" in page
