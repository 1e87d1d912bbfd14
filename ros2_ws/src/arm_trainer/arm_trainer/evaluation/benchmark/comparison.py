"""Comparison: what several jobs say of the algorithms, with intervals and a rule."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from arm_trainer.evaluation.benchmark.jobs import LAST_EVALUATIONS, JobResult
from arm_trainer.evaluation.outcomes import seconds_or_dash
from arm_trainer.evaluation.statistics import Interval, wilson_interval


@dataclass(frozen=True)
class AlgorithmSummary:
    """What one algorithm's jobs came to together.

    Attributes:
        algorithm: The algorithm.
        results: Its jobs' results, one a seed.
    """

    algorithm: str
    results: list[JobResult]

    @property
    def interval(self) -> Interval:
        """Final success over all seeds' episodes."""
        return wilson_interval(
            sum(r.successes for r in self.results), sum(r.episodes for r in self.results)
        )

    @property
    def spread_over_seeds(self) -> float:
        """Standard deviation of the seeds' final success."""
        return float(np.std([r.successes / r.episodes for r in self.results]))

    @property
    def spread_at_the_end(self) -> float:
        """Mean over seeds of the spread of the last evaluations."""
        return float(np.mean([r.spread for r in self.results]))

    def mean(self, of: Callable[[JobResult], float]) -> float:
        """Mean over seeds; infinite if it is for one."""
        return float(np.mean([of(r) for r in self.results]))


RULE = (
    "The highest final success counts. Algorithms whose 95 % intervals overlap with that of the "
    "best are taken as equal to it, and among those the one that reached 90 % in the least wall "
    "time, on the mean of its seeds, is recommended (a seed that never did counts as never); where "
    "none did, the one with the highest success."
)


def recommend(summaries: Sequence[AlgorithmSummary]) -> AlgorithmSummary:
    """Returns the algorithm that `RULE` chooses."""
    best = max(summaries, key=lambda summary: summary.interval.rate)
    equal = [s for s in summaries if s.interval.upper >= best.interval.lower]
    fastest = min(equal, key=lambda summary: summary.mean(lambda r: r.seconds_to_goal))
    return fastest if math.isfinite(fastest.mean(lambda r: r.seconds_to_goal)) else best


def summarize_algorithms(results: Sequence[JobResult]) -> list[AlgorithmSummary]:
    """Groups results by algorithm, in order of appearance."""
    groups: dict[str, list[JobResult]] = {}
    for result in results:
        groups.setdefault(result.algorithm, []).append(result)
    return [AlgorithmSummary(name, group) for name, group in groups.items()]


def format_seconds(value: float) -> str:
    """Returns '12.3 s', or 'never' for infinity."""
    return f"{value:.1f} s" if math.isfinite(value) else "never"


def table(summaries: Sequence[AlgorithmSummary]) -> list[list[str]]:
    """Returns the comparison's table, header first."""
    rows: list[list[str]] = [
        ["", *(summary.algorithm.upper() for summary in summaries)],
    ]

    def add(name: str, value: Callable[[AlgorithmSummary], str]) -> None:
        rows.append([name, *(value(summary) for summary in summaries)])

    def steps(value: float) -> str:
        return f"{value:,.0f}" if math.isfinite(value) else "never"

    add("Success (95 % interval)", lambda s: str(s.interval))
    add("Episodes", lambda s: f"{sum(r.episodes for r in s.results):,}")
    add("Each seed", lambda s: ", ".join(f"{r.successes / r.episodes:.1%}" for r in s.results))
    add("Spread over seeds", lambda s: f"{100 * s.spread_over_seeds:.2f} points")
    add(
        f"Spread of the last {LAST_EVALUATIONS} evaluations",
        lambda s: f"{100 * s.spread_at_the_end:.2f} points",
    )
    add("Time to reach", lambda s: seconds_or_dash(s.mean(lambda r: r.time_to_reach)))
    add("Steps to 90 %", lambda s: steps(s.mean(lambda r: r.steps_to_goal)))
    add("Wall time to 90 %", lambda s: format_seconds(s.mean(lambda r: r.seconds_to_goal)))
    add("Wall time in all", lambda s: format_seconds(s.mean(lambda r: r.wall_seconds)))
    add("Policy network", lambda s: f"{s.mean(lambda r: r.policy_bytes) / 1024:.0f} KiB")
    return rows
