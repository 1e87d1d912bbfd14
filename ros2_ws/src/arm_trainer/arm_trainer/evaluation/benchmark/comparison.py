"""Comparison of algorithms: statistics over the seeds, a table and a recommendation."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from arm_trainer.algorithms.registry import find_algorithm
from arm_trainer.evaluation.benchmark.results import LAST_EVALUATIONS, JobResult
from arm_trainer.evaluation.outcomes import seconds_or_dash
from arm_trainer.evaluation.statistics import Interval, wilson_interval

RULE = (
    "The highest final success in a row counts. Algorithms whose 95 % interval overlaps that of "
    "the best are taken as equal to it. Of these, the one that reached 90 % in the least wall time "
    "is recommended, on the mean of its seeds (a seed that never reached it counts as never); if "
    "none reached it, the one with the highest success in a row."
)


@dataclass(frozen=True)
class AlgorithmSummary:
    """Results of one algorithm's jobs.

    Attributes:
        algorithm: Name of the algorithm.
        results: The jobs' results, one for each seed.
    """

    algorithm: str
    results: list[JobResult]

    @property
    def label(self) -> str:
        """The algorithm's name as it is printed."""
        return find_algorithm(self.algorithm).label

    @property
    def interval(self) -> Interval:
        """Final success in a row over the targets of all seeds."""
        independent = [r.independent_targets for r in self.results]
        rate = self.mean(lambda r: r.success_in_a_row)
        return wilson_interval(rate * sum(independent), sum(independent))

    @property
    def spread_over_seeds(self) -> float:
        """Standard deviation of the seeds' final success rates."""
        return float(np.std([r.success_in_a_row for r in self.results]))

    @property
    def spread_at_the_end(self) -> float:
        """Mean over seeds of the spread of the last evaluations."""
        return float(np.mean([r.spread for r in self.results]))

    def mean(self, of: Callable[[JobResult], float]) -> float:
        """Returns the mean of a value over the seeds; infinite if it is for one seed."""
        return float(np.mean([of(r) for r in self.results]))


def recommend(summaries: Sequence[AlgorithmSummary]) -> AlgorithmSummary:
    """Returns the algorithm that `RULE` recommends."""
    best = max(summaries, key=lambda summary: summary.interval.rate)
    equal = [s for s in summaries if s.interval.upper >= best.interval.lower]
    fastest = min(equal, key=lambda summary: summary.mean(lambda r: r.seconds_to_goal))
    return fastest if math.isfinite(fastest.mean(lambda r: r.seconds_to_goal)) else best


def summarize_algorithms(results: Sequence[JobResult]) -> list[AlgorithmSummary]:
    """Groups results by algorithm, in the order of their first results."""
    groups: dict[str, list[JobResult]] = {}
    for result in results:
        groups.setdefault(result.algorithm, []).append(result)
    return [AlgorithmSummary(name, group) for name, group in groups.items()]


def format_seconds(value: float) -> str:
    """Returns '12.3 s', or 'never' for infinity."""
    return f"{value:.1f} s" if math.isfinite(value) else "never"


def format_steps(value: float) -> str:
    """Returns '12,300', or 'never' for infinity."""
    return f"{value:,.0f}" if math.isfinite(value) else "never"


def table(summaries: Sequence[AlgorithmSummary]) -> list[list[str]]:
    """Returns the comparison as rows of cells, the header first; one column per algorithm."""
    rows: dict[str, Callable[[AlgorithmSummary], str]] = {
        "": lambda s: s.label,
        "Success in a row (95 % interval)": lambda s: str(s.interval),
        "Targets": lambda s: f"{sum(r.targets for r in s.results):,}",
        "Each seed": lambda s: ", ".join(f"{r.success_in_a_row:.1%}" for r in s.results),
        "From fresh starts": lambda s: f"{s.mean(lambda r: r.success_from_fresh_starts):.1%}",
        "Seeds that get lost": lambda s: str(sum(r.gets_lost for r in s.results)),
        "Spread over seeds": lambda s: f"{100 * s.spread_over_seeds:.2f} points",
        f"Spread of the last {LAST_EVALUATIONS} evaluations": (
            lambda s: f"{100 * s.spread_at_the_end:.2f} points"
        ),
        "Time to reach": lambda s: seconds_or_dash(s.mean(lambda r: r.time_to_reach)),
        "Steps to 90 %": lambda s: format_steps(s.mean(lambda r: r.steps_to_goal)),
        "Wall time to 90 %": lambda s: format_seconds(s.mean(lambda r: r.seconds_to_goal)),
        "Wall time in all": lambda s: format_seconds(s.mean(lambda r: r.wall_seconds)),
        "Policy network": lambda s: f"{s.mean(lambda r: r.policy_bytes) / 1024:.0f} KiB",
    }
    return [[name, *map(cell, summaries)] for name, cell in rows.items()]
