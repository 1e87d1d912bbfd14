"""Outcomes of episodes: success with its interval, times, figures, as text and as CSV."""

import csv
import io
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from arm_sim.common.arrays import Floats, Ints
from arm_trainer.evaluation.statistics import Interval, row_interval


@dataclass(frozen=True)
class Outcomes:
    """Outcomes of E episodes of N arms; episode e was the arm e mod N's.

    Attributes:
        success: (E,) whether the goal was achieved and held.
        periods: (E,) control periods until success or truncation.
        metrics: The task's figures at the end of the episodes, (E,) each.
        returns: (E,) sums of rewards.
        smoothness: (E,) mean change of the action from one period to the next, per output.
        energy: (E,) ∑ squared joint speed × time, rad²/s: the energy that viscous friction of
            1 N·m·s/rad would take, in J.
        targets: (E, 3) goal positions, m.
        control_period: Seconds of one period.
        num_arms: N.
        in_a_row: Whether each arm went on from where its last episode had ended; otherwise every
            episode began at a start state.
    """

    success: NDArray[np.bool_]
    periods: Ints
    metrics: dict[str, Floats]
    returns: Floats
    smoothness: Floats
    energy: Floats
    targets: Floats
    control_period: float
    num_arms: int
    in_a_row: bool

    @property
    def rows(self) -> list[NDArray[np.bool_]]:
        """Success of each arm's episodes in a row; each episode is a row if all began fresh."""
        count = self.num_arms if self.in_a_row else len(self.success)
        return [row for arm in range(count) if len(row := self.success[arm::count])]

    @property
    def interval(self) -> Interval:
        """Success rate with its interval; see `row_interval`."""
        return row_interval(self.rows)

    @property
    def time_to_reach(self) -> float:
        """Mean seconds to success over the episodes that succeeded; NaN if none did."""
        if not self.success.any():
            return math.nan
        return float(self.periods[self.success].mean()) * self.control_period


def seconds_or_dash(mean: float) -> str:
    """Returns a mean time as text; a dash for NaN, where nothing succeeded."""
    return "–" if math.isnan(mean) else f"{mean:.2f} s"


def metric_text(name: str, value: float) -> str:
    """Returns a metric's value as text: lengths, whose names end in 'distance', in mm."""
    return f"{value * 1000:.1f} mm" if name.endswith("distance") else f"{value:.3f}"


def outcome_details(outcomes: Outcomes) -> str:
    """Returns the time to reach and the task's figures at the end of the episodes, as one line."""
    parts = [f"time to reach {seconds_or_dash(outcomes.time_to_reach)}"]
    for name, values in outcomes.metrics.items():
        median, p95 = (metric_text(name, float(np.percentile(values, q))) for q in (50, 95))
        parts.append(f"final {name}, median {median}, p95 {p95}")
    return "; ".join(parts)


def episodes_csv(outcomes: Outcomes) -> str:
    """Returns a row for each episode, as CSV."""
    columns: dict[str, Floats] = {
        **{f"final_{name}": values for name, values in outcomes.metrics.items()},
        "return": outcomes.returns,
        "smoothness": outcomes.smoothness,
        "energy": outcomes.energy,
        **{f"target_{axis}": outcomes.targets[:, i] for i, axis in enumerate("xyz")},
    }
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["episode", "arm", "success", "time", *columns])
    seconds = outcomes.periods * outcomes.control_period
    for i, success in enumerate(outcomes.success):
        values = [f"{column[i]:.6f}" for column in columns.values()]
        writer.writerow([i, i % outcomes.num_arms, int(success), f"{seconds[i]:.3f}", *values])
    return text.getvalue()
