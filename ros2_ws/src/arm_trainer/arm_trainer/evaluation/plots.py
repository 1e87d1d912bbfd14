"""Plots of a training and of an evaluation, by Matplotlib.

Figures are made without `pyplot`, so they need no window system.
"""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from arm_sim.common.atomic_files import atomic_write
from arm_trainer.evaluation.judgement import IN_A_ROW
from arm_trainer.evaluation.statistics import Interval


def draw_curve(evaluations: Path, picture: Path, title: str, against: str = "steps") -> None:
    """Draws success in a row and time to reach, from a run's evaluations.csv.

    Args:
        evaluations: The CSV file.
        picture: The PNG file to write.
        title: Title of the plot.
        against: The column on the horizontal axis.

    Raises:
        UserError: If the picture can't be written.
    """
    with evaluations.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    steps = [int(row[against]) for row in rows]
    success = [100 * float(row[IN_A_ROW]) for row in rows]
    lower = [100 * float(row[f"{IN_A_ROW}_lower"]) for row in rows]
    upper = [100 * float(row[f"{IN_A_ROW}_upper"]) for row in rows]
    figure = Figure(figsize=(7, 4), dpi=110)
    left = figure.subplots()
    left.fill_between(steps, lower, upper, alpha=0.2, color="tab:blue", label="95 % interval")
    left.plot(steps, success, marker="o", markersize=3, color="tab:blue", label="success in a row")
    each = rows[-1]["targets_in_a_row"]
    label = f"success in a row, {each} targets an arm (%)"
    left.set(xlabel=against, ylabel=label, ylim=(-2, 102), title=title)
    left.grid(alpha=0.3)
    right = left.twinx()
    times = [float(row["time_to_reach"]) for row in rows]
    right.plot(steps, times, color="tab:orange", linestyle="--", label="time to reach")
    right.set_ylabel("time to reach (s)")
    right.set_ylim(bottom=0)
    lines = [line for axis in (left, right) for line in axis.get_legend_handles_labels()[0]]
    left.legend(lines, [str(line.get_label()) for line in lines], loc="center right")
    _save(figure, picture)


def draw_latencies(curves: Mapping[str, Sequence[tuple[float, Interval]]], picture: Path) -> None:
    """Draws success in a row against the latency of observations.

    Args:
        curves: For each name in the legend, latencies in s and the success at each.
        picture: The PNG file to write.

    Raises:
        UserError: If the picture can't be written.
    """
    figure = Figure(figsize=(7, 4), dpi=110)
    axes = figure.subplots()
    for name, points in curves.items():
        latencies = [1000 * latency for latency, _ in points]
        success = [100 * interval.rate for _, interval in points]
        # At a rate of 0 or 1, rounding may put a bound on the wrong side of it.
        errors = [
            [100 * max(0.0, interval.rate - interval.lower) for _, interval in points],
            [100 * max(0.0, interval.upper - interval.rate) for _, interval in points],
        ]
        axes.errorbar(latencies, success, yerr=errors, marker="o", capsize=3, label=name)
    axes.set(
        xlabel="latency of observations (ms)",
        ylabel="success in a row (%)",
        ylim=(-2, 102),
    )
    axes.grid(alpha=0.3)
    axes.legend(loc="lower left")
    _save(figure, picture)


def _save(figure: Figure, picture: Path) -> None:
    figure.tight_layout()
    with atomic_write(picture) as temporary:
        figure.savefig(temporary, format="png")
