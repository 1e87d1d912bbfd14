"""`compare`: trains the algorithms with several seeds, evaluates them, and writes a report."""

import sys
import threading
from datetime import datetime
from pathlib import Path

from tqdm import tqdm

from arm_sim.common.command import run_command
from arm_sim.common.errors import UserError
from arm_sim.robot.loader import load_robot
from arm_trainer.algorithms.registry import choose_device
from arm_trainer.cli.arguments import CommandLine, split_ros_arguments
from arm_trainer.evaluation.benchmark.comparison import summarize_algorithms, table
from arm_trainer.evaluation.benchmark.jobs import (
    Job,
    JobResult,
    run_jobs,
    run_jobs_on_ray,
    save_results,
)
from arm_trainer.evaluation.benchmark.report import write_report
from arm_trainer.training.config import algorithm_name, load_settings


def _parser() -> CommandLine:
    parser = CommandLine(prog="compare", description=__doc__)
    parser.add_argument("--algorithms", default="PPO,A2C,SAC", help="default: %(default)s")
    parser.add_argument("--steps", type=int, default=100_000, help="each (default: %(default)s)")
    parser.add_argument("--seeds", type=int, default=1, help="seeds each (default: %(default)s)")
    parser.add_argument(
        "--episodes", type=int, default=500, help="final evaluation of each (default: %(default)s)"
    )
    parser.add_argument("--device", help="auto, cpu or cuda (default: auto)")
    parser.add_argument("--model", help="robot (default: fetch_arm)")
    parser.add_argument("--settings", type=Path, help="YAML with settings for all of them")
    parser.add_argument("--log-dir", type=Path, default=Path("logs"), help="default: logs")
    parser.add_argument(
        "--workers", type=int, default=1, help="jobs side by side (default: %(default)s)"
    )
    parser.add_argument(
        "--ray", metavar="ADDRESS", help="run the jobs on a Ray cluster; 'local' starts one here"
    )
    return parser


def run_compare(arguments: list[str], stop: threading.Event) -> Path | None:
    """Compares as a command line says; returns the report's HTML file, None if stopped.

    Raises:
        UserError: If it is wrong, or a job fails.
    """
    ours, _ = split_ros_arguments(arguments)
    given = _parser().parse_args(ours)
    for name in ("seeds", "workers", "episodes"):
        if getattr(given, name) < 1:
            raise UserError(f"--{name} is {getattr(given, name)}; it must be at least 1.")
    algorithms = [algorithm_name(name.strip()) for name in given.algorithms.split(",")]
    if len(set(algorithms)) < len(algorithms):
        raise UserError(f"--algorithms names one twice: {given.algorithms}.")
    if given.model and given.model.endswith(".xml"):
        given.model = str(Path(given.model).resolve())  # The jobs run elsewhere.
    for name in algorithms:  # Before anything is started, see that all can be.
        values = {"steps": given.steps, "device": given.device, "model": given.model}
        settings = load_settings(name, given.settings, **values)
        choose_device(settings)
    robot = load_robot(settings.model).name
    stamp = datetime.now().strftime("%Y%m%d_%H%M%S")
    folder = given.log_dir / robot / f"compare_{stamp}"
    jobs = [
        Job(
            algorithm=name,
            seed=seed,
            steps=given.steps,
            episodes=given.episodes,
            device=given.device,
            model=settings.model,
            settings=None if given.settings is None else str(given.settings.resolve()),
            folder=str((folder / f"{name}_seed_{seed}").resolve()),
        )
        for seed in range(given.seeds)
        for name in algorithms
    ]
    print(f"{len(jobs)} jobs of {given.steps:,} steps; everything goes to {folder}")
    with tqdm(total=len(jobs), unit="job") as bar:

        def on_done(result: JobResult) -> None:
            rate = result.successes / result.episodes
            bar.write(
                f"{result.algorithm.upper()}, seed {result.seed}: success {rate:.1%}, "
                f"{result.wall_seconds:.1f} s"
            )
            bar.update()

        if given.ray is None:
            results = run_jobs(jobs, given.workers, stop, on_done)
        else:
            results = run_jobs_on_ray(jobs, given.ray, stop, on_done)
    if len(results) < len(jobs):
        print(f"Stopped after {len(results)} of {len(jobs)} jobs; their runs are in {folder}")
        return None
    results.sort(key=lambda result: algorithms.index(result.algorithm))
    save_results(results, folder / "results.json")
    # What decides the numbers, without where they were put.
    options = ("algorithms", "steps", "seeds", "episodes", "workers", "device", "ray", "settings")
    told = {name: getattr(given, name) for name in options if getattr(given, name) is not None}
    if given.settings is not None:
        told["settings"] = given.settings.name
    command = " ".join(["compare", *(f"--{name} {value}" for name, value in told.items())])
    report = write_report(results, folder, command)
    rows = table(summarize_algorithms(results))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)))
    print(f"Report {report}")
    return report


def main() -> None:
    """Entry point of `ros2 run arm_trainer compare`."""

    def command(stop: threading.Event) -> None:
        run_compare(sys.argv[1:], stop)

    sys.exit(run_command("compare", command))


if __name__ == "__main__":
    main()
