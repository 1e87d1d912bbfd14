"""Hindsight experience replay beside plain PPO on the push task: success over steps, as a picture.

    source scripts/activate.sh && python bench/her_push.py --steps 500000

Trains both as `./arm train --task push` does, one after the other, and draws success in a row from
their evaluations.csv. Finished runs in the log folder are not trained again, so that seeds can be
added to a picture; remove a run's folder to train it anew.
"""

import argparse
import csv
import subprocess
import sys
from pathlib import Path

from common import print_header, print_row, whole_numbers
from matplotlib.figure import Figure

from arm_trainer.evaluation.judgement import IN_A_ROW

# Label in the picture, options of `train`, and colour.
CURVES = (
    ("PPO", ["--algorithm=PPO"], "tab:blue"),
    ("TQC with hindsight", ["--algorithm=TQC", "--her"], "tab:red"),
)
GOOD = 0.9

Curve = list[tuple[int, float]]


def train(options: list[str], folder: Path) -> Curve:
    """Returns steps and success in a row of a run below a folder; trains it if there is none."""
    if not any(folder.glob("*/*/summary.json")):
        command = [sys.executable, "-m", "arm_trainer.cli.train", *options, f"--log-dir={folder}"]
        subprocess.run(command, check=True)
    run = max(folder.glob("*/*/summary.json")).parent
    with (run / "evaluations.csv").open(newline="") as file:
        return [(int(row["steps"]), float(row[IN_A_ROW])) for row in csv.DictReader(file)]


def steps_to_good(curve: Curve) -> str:
    """Returns the steps of the first evaluation with 90 %."""
    return next((f"{steps:,}" for steps, success in curve if success >= GOOD), "–")


def draw(curves: list[tuple[str, str, Curve]], task: str, picture: Path) -> None:
    """Draws success over steps; curves of one label are seeds."""
    figure = Figure(figsize=(7, 4), dpi=110, layout="constrained")
    axes = figure.subplots()
    for label, colour, curve in curves:
        steps, success = zip(*curve, strict=True)
        percent = [100 * rate for rate in success]
        known = label in axes.get_legend_handles_labels()[1]
        axes.plot(
            steps, percent, marker=".", color=colour, label=None if known else label, alpha=0.8
        )
    axes.set(xlabel="steps", ylabel="success in a row (%)", ylim=(-2, 102), title=task)
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right")
    figure.savefig(picture)


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--task", default="push", help="default: %(default)s")
    parser.add_argument("--steps", type=int, default=500_000, help="of each; default: %(default)s")
    parser.add_argument("--seeds", type=whole_numbers, default="0", help="default: %(default)s")
    parser.add_argument("--log-dir", type=Path, default=Path("bench_results/her"))
    parser.add_argument("--plot", type=Path, help="the picture; default: LOG_DIR/TASK.png")
    given = parser.parse_args()
    name, curves = given.task.rpartition(":")[2].lower(), []
    print_header("seed", "algorithm", "steps to 90 %", "success in a row at the end")
    for seed in given.seeds:
        for label, options, colour in CURVES:
            folder = given.log_dir / name / f"{options[0].split('=')[1].lower()}_{seed}"
            all_options = [
                *options,
                *(f"--task={given.task}", f"--steps={given.steps}", f"--seed={seed}"),
                "--sim=in-process",
            ]
            curve = train(all_options, folder)
            print_row([seed, label, steps_to_good(curve), f"{curve[-1][1]:.0%}"])
            curves.append((label, colour, curve))
    draw(curves, name, given.plot or given.log_dir / f"{name}.png")


if __name__ == "__main__":
    main()
