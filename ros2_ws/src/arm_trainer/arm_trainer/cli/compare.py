"""`compare`: trains algorithms with several seeds, evaluates them, and writes a report."""

import argparse
import sys
import threading
from datetime import datetime
from pathlib import Path

from tqdm import tqdm

from arm_sim.common.command import run_command
from arm_sim.common.errors import UserError
from arm_sim.scene.loader import RobotSource
from arm_trainer.algorithms.algorithm import Algorithm
from arm_trainer.algorithms.device import choose_device
from arm_trainer.algorithms.registry import default_comparison, describe_choices, find_algorithm
from arm_trainer.cli.arguments import (
    CommandLine,
    optional,
    own_class,
    require_at_least_one,
    robot_model,
    scene_path,
    split_ros_arguments,
)
from arm_trainer.cli.process_setup import set_up_process
from arm_trainer.evaluation.benchmark.comparison import summarize_algorithms, table
from arm_trainer.evaluation.benchmark.execution import run_jobs, run_jobs_on_ray
from arm_trainer.evaluation.benchmark.jobs import Job
from arm_trainer.evaluation.benchmark.report import write_report
from arm_trainer.evaluation.benchmark.results import JobResult, save_results
from arm_trainer.training.config import TrainingSettings, load_settings

# Options that decide the report's numbers; the others say where the files go.
_RECORDED = (
    "algorithms",
    "steps",
    "seeds",
    "episodes",
    "workers",
    "device",
    "ray",
    "task",
    "action",
    "settings",
)


def parser() -> CommandLine:
    """Returns the command line's parser."""
    parser = CommandLine(prog="compare", description=__doc__)
    parser.add_argument(
        "--algorithms",
        default=",".join(algorithm.label for algorithm in default_comparison()),
        help=f"names joined by commas, of {describe_choices()} (default: %(default)s)",
    )
    parser.add_setting(TrainingSettings, "steps", before="of each training: ", fill_in=True)
    parser.add_argument("--seeds", type=int, default=1, help="seeds for each (%(default)s)")
    parser.add_argument(
        "--episodes",
        type=int,
        default=500,
        help="targets in the final evaluation of each training (default: %(default)s)",
    )
    parser.add_setting(TrainingSettings, "device")
    parser.add_setting(TrainingSettings, "model", convert=robot_model)
    parser.add_setting(TrainingSettings, "scene", convert=scene_path)
    for name in ("task", "action"):
        parser.add_setting(TrainingSettings, name, convert=own_class)
    parser.add_argument(
        "--settings", type=optional(Path), help="YAML file with settings for all trainings"
    )
    parser.add_log_dir("where runs and report go")
    parser.add_argument(
        "--workers", type=int, default=1, help="trainings at a time (default: %(default)s)"
    )
    parser.add_argument(
        "--ray", metavar="ADDRESS", help="run the jobs on a Ray cluster; 'local' starts one here"
    )
    return parser


def run_compare(arguments: list[str], stop: threading.Event) -> Path | None:
    """Runs the comparison that a command line asks for; see `compare --help`.

    Returns:
        The report's HTML file; None if stopped.

    Raises:
        UserError: If the command line is wrong, or a job fails.
    """
    ours, _ = split_ros_arguments(arguments)
    given = parser().parse_args(ours)
    require_at_least_one(given, "seeds", "workers", "episodes")
    algorithms = _algorithms(given.algorithms)
    source = _check_settings(given, algorithms)
    stamp = datetime.now().strftime("%Y%m%d_%H%M%S")
    folder = given.log_dir / source.load().name / f"compare_{stamp}"
    jobs = _jobs(given, algorithms, source, folder)
    print(f"{len(jobs)} jobs of {given.steps:,} steps; everything goes to {folder}")
    results = _run(given, jobs, stop)
    if len(results) < len(jobs):
        print(f"Stopped after {len(results)} of {len(jobs)} jobs; their runs are in {folder}")
        return None
    order = [algorithm.name for algorithm in algorithms]
    results.sort(key=lambda result: order.index(result.algorithm))
    save_results(results, folder / "results.json")
    report = write_report(results, folder, _recorded_command(given))
    _print_table(table(summarize_algorithms(results)))
    print(f"Report {report}")
    return report


def _algorithms(names: str) -> list[Algorithm]:
    """Returns the algorithms in a list joined by commas; refuses one that is named twice."""
    algorithms = [find_algorithm(name.strip()) for name in names.split(",")]
    if len({algorithm.name for algorithm in algorithms}) < len(algorithms):
        raise UserError(f"--algorithms names an algorithm twice: {names}.")
    return algorithms


def _check_settings(given: argparse.Namespace, algorithms: list[Algorithm]) -> RobotSource:
    """Checks that every job can be started, before the first is; returns the robot's source."""
    for algorithm in algorithms:
        settings = load_settings(
            algorithm.name,
            given.settings,
            steps=given.steps,
            device=given.device,
            model=given.model,
            scene=given.scene,
            task=given.task,
            action=given.action,
        )
        choose_device(algorithm, settings.device)
    return settings.source


def _jobs(
    given: argparse.Namespace, algorithms: list[Algorithm], source: RobotSource, folder: Path
) -> list[Job]:
    """Returns a job for each seed and algorithm, with absolute paths: they run elsewhere."""
    return [
        Job(
            algorithm=algorithm.name,
            seed=seed,
            steps=given.steps,
            episodes=given.episodes,
            device=given.device,
            model=source.model,
            scene=source.scene,
            task=given.task,
            action=given.action,
            settings=None if given.settings is None else str(given.settings.resolve()),
            folder=str((folder / f"{algorithm.name}_seed_{seed}").resolve()),
        )
        for seed in range(given.seeds)
        for algorithm in algorithms
    ]


def _run(given: argparse.Namespace, jobs: list[Job], stop: threading.Event) -> list[JobResult]:
    """Runs the jobs with a progress bar; returns the results of those that were finished."""
    with tqdm(total=len(jobs), unit="job") as bar:

        def on_done(result: JobResult) -> None:
            label = find_algorithm(result.algorithm).label
            bar.write(
                f"{label}, seed {result.seed}: success in a row {result.success_in_a_row:.1%}, "
                f"{result.wall_seconds:.1f} s"
            )
            bar.update()

        if given.ray is None:
            return run_jobs(jobs, given.workers, stop, on_done)
        return run_jobs_on_ray(jobs, given.ray, stop, on_done)


def _recorded_command(given: argparse.Namespace) -> str:
    """Returns the command line for the report, without paths of this machine."""
    values = {name: getattr(given, name) for name in _RECORDED}
    if given.settings is not None:
        values["settings"] = given.settings.name
    options = [f"--{name} {value}" for name, value in values.items() if value is not None]
    return " ".join(["compare", *options])


def _print_table(rows: list[list[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)))


def main() -> None:
    """Entry point of `ros2 run arm_trainer compare`."""
    set_up_process()

    def command(stop: threading.Event) -> None:
        run_compare(sys.argv[1:], stop)

    sys.exit(run_command("compare", command))


if __name__ == "__main__":
    main()
