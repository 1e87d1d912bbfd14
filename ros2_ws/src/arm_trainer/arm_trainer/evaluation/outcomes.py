"""Outcomes of episodes: success with its interval, times, figures, as a summary and as CSV."""

import csv
import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arm_sim.common.arrays import Floats, Ints
from arm_trainer.evaluation.statistics import Interval, wilson_interval


@dataclass(frozen=True)
class Outcomes:
    """Outcomes of E episodes.

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
    """

    success: NDArray[np.bool_]
    periods: Ints
    metrics: dict[str, Floats]
    returns: Floats
    smoothness: Floats
    energy: Floats
    targets: Floats
    control_period: float

    @property
    def interval(self) -> Interval:
        """Success rate with its interval."""
        return wilson_interval(int(self.success.sum()), len(self.success))

    @property
    def time_to_reach(self) -> float:
        """Mean seconds to success over the episodes that succeeded; NaN if none did."""
        if not self.success.any():
            return math.nan
        return float(self.periods[self.success].mean()) * self.control_period

    def first(self, count: int) -> "Outcomes":
        """Returns the first `count` episodes."""
        return _combine([self], lambda arrays: arrays[0][:count])


def concatenate(batches: Sequence[Outcomes]) -> Outcomes:
    """Returns the episodes of several batches, of one task, as one."""
    return _combine(batches, np.concatenate)


def _combine(batches: Sequence[Outcomes], join: Callable[[list[Any]], Any]) -> Outcomes:
    """Returns outcomes whose arrays are each joined from those of the batches."""
    first = batches[0]
    arrays = [f.name for f in fields(Outcomes) if isinstance(getattr(first, f.name), np.ndarray)]
    joined = {name: join([getattr(batch, name) for batch in batches]) for name in arrays}
    metrics = {name: join([batch.metrics[name] for batch in batches]) for name in first.metrics}
    return Outcomes(metrics=metrics, control_period=first.control_period, **joined)


def seconds_or_dash(mean: float) -> str:
    """Returns a mean time as text; a dash for NaN, where nothing succeeded."""
    return "–" if math.isnan(mean) else f"{mean:.2f} s"


def metric_text(name: str, value: float) -> str:
    """Returns a metric's value as text: lengths, whose names end in 'distance', in mm."""
    return f"{value * 1000:.1f} mm" if name.endswith("distance") else f"{value:.3f}"


def summary(outcomes: Outcomes) -> list[tuple[str, str]]:
    """Returns an evaluation's results as names and values."""
    rows = [
        ("success (95 % interval)", f"{outcomes.interval} of {len(outcomes.success)}"),
        ("time to reach", seconds_or_dash(outcomes.time_to_reach)),
    ]
    for name, values in outcomes.metrics.items():
        rows.append((f"final {name}, median", metric_text(name, float(np.median(values)))))
        rows.append((f"final {name}, p95", metric_text(name, float(np.percentile(values, 95)))))
    rows.append(("change of action", f"{outcomes.smoothness.mean():.3f} per period"))
    rows.append(("energy", f"{outcomes.energy.mean():.2f} rad²/s"))
    return rows


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
    writer.writerow(["episode", "success", "time", *columns])
    seconds = outcomes.periods * outcomes.control_period
    for i, success in enumerate(outcomes.success):
        values = [f"{column[i]:.6f}" for column in columns.values()]
        writer.writerow([i, int(success), f"{seconds[i]:.3f}", *values])
    return text.getvalue()
