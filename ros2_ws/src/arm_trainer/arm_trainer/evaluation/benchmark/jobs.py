"""Benchmark jobs: one algorithm with one seed, trained and evaluated in processes of their own.

Each job has its own simulator and ROS domain and shares nothing with the others, so jobs can run
one after the other, side by side, or on a Ray cluster.
"""

import json
import math
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from arm_sim.common.child_process import ChildProcess
from arm_sim.common.command import Stopped
from arm_sim.common.errors import UserError
from arm_trainer.algorithms.registry import find_algorithm
from arm_trainer.evaluation.benchmark.results import JobResult
from arm_trainer.evaluation.judgement import FROM_FRESH_STARTS, IN_A_ROW

# The folder of the commands, named by a string: nothing below `cli` imports it.
COMMANDS = "arm_trainer.cli"
POLL = 0.2  # s


class StopSignal(Protocol):
    """What a job asks whether it should end, for instance a `threading.Event`."""

    def is_set(self) -> bool:
        """Returns whether to end."""
        ...


@dataclass(frozen=True)
class Job:
    """One algorithm with one seed.

    Attributes:
        algorithm: Name of the algorithm.
        seed: The seed.
        steps: Training steps.
        episodes: Targets of the evaluation after training.
        device: 'auto', 'cpu' or 'cuda'; None for that of the settings.
        model: The robot.
        scene: Path to its scene YAML, or ''.
        task: Task's name, or path/to/file.py:Class; None for that of the settings.
        action: Likewise, the action.
        settings: Path of a user's settings file, or None.
        folder: The job's folder, in which its run folder is created.
    """

    algorithm: str
    seed: int
    steps: int
    episodes: int
    device: str | None
    model: str
    scene: str
    task: str | None
    action: str | None
    settings: str | None
    folder: str

    @property
    def name(self) -> str:
        """For instance 'PPO, seed 0'."""
        return f"{find_algorithm(self.algorithm).label}, seed {self.seed}"


def run_job(job: Job, stop: StopSignal | None = None) -> JobResult:
    """Trains and evaluates, each in a process of its own.

    Raises:
        UserError: If a process fails; the message names the file with its output.
        Stopped: If `stop` was set.
    """
    folder = Path(job.folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"Can't make {folder}: {error.strerror}.") from error
    train = [f"--algorithm={job.algorithm}", f"--steps={job.steps}", f"--seed={job.seed}"]
    robot = [f"--model={job.model}", f"--scene={job.scene}"]
    train += [*robot, f"--log-dir={folder}"]
    own = {"task": job.task, "action": job.action}
    classes = [f"--{kind}={name}" for kind, name in own.items() if name is not None]
    train += classes
    if job.device is not None:
        train.append(f"--device={job.device}")
    if job.settings is not None:
        train.append(f"--settings={job.settings}")
    began = time.monotonic()
    _run_command(job, "train", train, folder / "train.log", stop)
    wall_seconds = time.monotonic() - began
    (run,) = (path.parent for path in folder.glob("*/*/settings.yaml"))
    evaluate = [str(run), f"--episodes={job.episodes}", *robot, *classes]
    _run_command(job, "evaluate", evaluate, folder / "evaluate.log", stop)
    figures = json.loads((run / "episodes.json").read_text(encoding="utf-8"))
    seconds_to_reach = figures["time_to_reach"]
    steps, seconds, evaluations = _learning_curve(run)
    return JobResult(
        algorithm=job.algorithm,
        seed=job.seed,
        run=str(run),
        wall_seconds=wall_seconds,
        success_in_a_row=figures[IN_A_ROW],
        targets=figures["targets"],
        independent_targets=figures["independent_targets"],
        success_from_fresh_starts=figures[FROM_FRESH_STARTS],
        gets_lost=figures["gets_lost"],
        time_to_reach=math.nan if seconds_to_reach is None else seconds_to_reach,
        steps=steps,
        seconds=seconds,
        evaluations=evaluations,
        policy_bytes=(run / "policy" / "policy.onnx").stat().st_size,
    )


def _run_command(
    job: Job, name: str, arguments: list[str], log: Path, stop: StopSignal | None
) -> None:
    """Runs a command of the package to its end, its output in `log`."""
    process = ChildProcess([sys.executable, "-m", f"{COMMANDS}.{name}", *arguments], {}, log)
    try:
        while True:
            if stop is not None and stop.is_set():
                raise Stopped
            with suppress(subprocess.TimeoutExpired):
                process.process.wait(POLL)
                break
        if process.process.returncode:
            raise UserError(f"{job.name} failed: {process.output_tail(1)} (see {log}).")
    finally:
        process.close(timeout=15.0)


def _learning_curve(run: Path) -> tuple[list[int], list[float], list[float]]:
    """Returns steps, seconds and success in a row of a run's evaluations.

    They are read from TensorBoard's events: evaluations.csv has no times, so that equal seeds give
    equal files.
    """
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(run)).Reload()
    began = events.FirstEventTimestamp()
    points = events.Scalars(f"eval/{IN_A_ROW}")
    return (
        [point.step for point in points],
        [point.wall_time - began for point in points],
        [point.value for point in points],
    )
