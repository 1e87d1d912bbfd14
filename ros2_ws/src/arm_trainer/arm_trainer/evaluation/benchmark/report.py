"""Report of a comparison: Markdown with plots, and one self-contained HTML page."""

import base64
import io
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import markdown
import numpy as np
from matplotlib.figure import Figure

from arm_sim.common.atomic_files import atomic_write, write_text
from arm_trainer.algorithms.registry import find_algorithm
from arm_trainer.evaluation.benchmark.comparison import (
    RULE,
    AlgorithmSummary,
    format_seconds,
    recommend,
    summarize_algorithms,
    table,
)
from arm_trainer.evaluation.benchmark.results import JobResult

_STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}"
    "table{border-collapse:collapse}th,td{padding:.3rem .8rem;border-bottom:1px solid #ccc;"
    "text-align:left}img{max-width:100%}code{background:#f3f3f3;padding:0 .2rem}"
)


def write_report(results: Sequence[JobResult], folder: Path, command: str) -> Path:
    """Writes report.md, its two plots, and report.html, which contains the plots.

    Args:
        results: The jobs' results.
        folder: The folder of the report.
        command: The command line that made the results.

    Returns:
        The HTML file.

    Raises:
        UserError: If a file can't be written.
    """
    summaries = summarize_algorithms(results)
    plots = {
        "success_over_steps.png": _plot(summaries, "steps", lambda result: result.steps),
        "success_over_time.png": _plot(summaries, "wall time (s)", lambda result: result.seconds),
    }
    for name, picture in plots.items():
        with atomic_write(folder / name) as temporary:
            temporary.write_bytes(picture)
    text = _markdown(summaries, list(plots), command, folder)
    write_text(folder / "report.md", text)
    body = markdown.markdown(text, extensions=["tables"])
    for name, picture in plots.items():
        data = base64.b64encode(picture).decode()
        body = body.replace(f'src="{name}"', f'src="data:image/png;base64,{data}"')
    page = (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        f"<title>Comparison</title><style>{_STYLE}</style></head><body>{body}</body></html>\n"
    )
    write_text(folder / "report.html", page)
    return folder / "report.html"


def _markdown(
    summaries: Sequence[AlgorithmSummary], plots: Sequence[str], command: str, folder: Path
) -> str:
    """Returns the report's text; paths in it are relative to `folder`."""
    chosen = recommend(summaries)
    seeds = len(summaries[0].results)
    lines = [
        "# Comparison of " + ", ".join(s.label for s in summaries),
        "",
        f"{seeds} seed{'s' if seeds > 1 else ''} each, trained and evaluated over ROS. "
        f"Success in a row is the share of unseen targets that are reached by arms that go from "
        f"target to target without a reset. Made by `{command}`.",
        "",
        f"**Recommended: {chosen.label}**: success in a row {chosen.interval}, 90 % after "
        f"{format_seconds(chosen.mean(lambda r: r.seconds_to_goal))}. {RULE}",
        "",
    ]
    header, *rows = table(summaries)
    lines += ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    lines += ["", "Bands reach from the worst seed to the best; the line is their mean.", ""]
    for name in plots:
        lines += [f"![{name.removesuffix('.png').replace('_', ' ')}]({name})", ""]
    lines += ["Runs:", ""]
    lines += [
        f"- {summary.label}, seed {result.seed}: `{os.path.relpath(result.run, folder)}`"
        for summary in summaries
        for result in summary.results
    ]
    return "\n".join(lines) + "\n"


def _plot(
    summaries: Sequence[AlgorithmSummary], label: str, axis: Callable[[JobResult], Sequence[float]]
) -> bytes:
    """Returns a PNG of success against `axis`, with a band over the seeds of each algorithm."""
    figure = Figure(figsize=(7.5, 4), dpi=110)
    axes = figure.subplots()
    for summary in summaries:
        # Seeds are evaluated at different steps and times: interpolate them on a common grid.
        end = min(axis(result)[-1] for result in summary.results)
        grid = np.linspace(0, end, 100)
        curves = np.stack(
            [
                np.interp(grid, [0, *axis(result)], [0, *result.evaluations])
                for result in summary.results
            ]
        )
        colour = find_algorithm(summary.algorithm).colour
        axes.plot(grid, 100 * curves.mean(axis=0), color=colour, label=summary.label)
        axes.fill_between(
            grid, 100 * curves.min(axis=0), 100 * curves.max(axis=0), color=colour, alpha=0.2
        )
    axes.set(xlabel=label, ylabel="success in a row (%)", ylim=(-2, 102))
    axes.set_xlim(left=0)
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right")
    figure.tight_layout()
    output = io.BytesIO()
    figure.savefig(output, format="png")
    return output.getvalue()
