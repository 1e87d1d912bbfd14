"""Jobs: one algorithm with one seed, trained and evaluated in processes of its own.

Each has its own simulator and ROS domain and knows nothing of the others, so jobs run one after the
other, side by side, or across a Ray cluster alike.
"""

import csv
import json
import math
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from arm_sim.common.atomic_files import write_text
from arm_sim.common.child_process import ChildProcess
from arm_sim.common.command import Stopped
from arm_sim.common.errors import UserError

# Evaluations at the end of a run whose spread tells how steady it is.
LAST_EVALUATIONS = 5
_GOAL = 0.9
_POLL = 0.2  # s


@dataclass(frozen=True)
class Job:
    """One algorithm with one seed.

    Attributes:
        algorithm: 'ppo', 'a2c' or 'sac'.
        seed: The seed.
        steps: Training steps.
        episodes: Episodes of the evaluation after it.
        device: 'auto', 'cpu' or 'cuda'; None for that of the settings.
        model: The robot.
        settings: A user's settings file, or None.
        folder: Where the job's run goes.
    """

    algorithm: str
    seed: int
    steps: int
    episodes: int
    device: str | None
    model: str
    settings: str | None
    folder: str

    @property
    def name(self) -> str:
        """For instance 'PPO, seed 0'."""
        return f"{self.algorithm.upper()}, seed {self.seed}"


@dataclass(frozen=True)
class JobResult:
    """What a job came to.

    Attributes:
        algorithm: The algorithm.
        seed: The seed.
        run: Its run folder.
        wall_seconds: From start to end of the `train` command.
        successes: Successful episodes of the final evaluation.
        episodes: Episodes of the final evaluation.
        time_to_reach: Mean seconds to success in it; NaN if there was none.
        steps: Steps at each evaluation during training.
        seconds: Seconds since the training began, likewise.
        success: Success rates, likewise.
        policy_bytes: Size of the exported network.
    """

    algorithm: str
    seed: int
    run: str
    wall_seconds: float
    successes: int
    episodes: int
    time_to_reach: float
    steps: list[int]
    seconds: list[float]
    success: list[float]
    policy_bytes: int

    @property
    def steps_to_goal(self) -> float:
        """Steps until 90 % of the evaluation's targets were reached; infinite if never."""
        return self._at_goal(self.steps)

    @property
    def seconds_to_goal(self) -> float:
        """Seconds until then."""
        return self._at_goal(self.seconds)

    def _at_goal(self, values: Sequence[float]) -> float:
        reached = (v for v, rate in zip(values, self.success, strict=True) if rate >= _GOAL)
        return next(reached, math.inf)

    @property
    def spread(self) -> float:
        """Standard deviation of the last evaluations' success."""
        return float(np.std(self.success[-LAST_EVALUATIONS:]))


def run_job(job: Job, stop: "threading.Event | _Either | None" = None) -> JobResult:
    """Trains and evaluates in processes of their own; returns what came of it.

    Raises:
        UserError: If one of them fails; it says where the output is.
        Stopped: If `stop` was set.
    """
    folder = Path(job.folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"Can't make {folder}: {error.strerror}.") from error
    train = [f"--algorithm={job.algorithm}", f"--steps={job.steps}", f"--seed={job.seed}"]
    train += [f"--model={job.model}", f"--log-dir={folder}"]
    if job.device is not None:
        train.append(f"--device={job.device}")
    if job.settings is not None:
        train.append(f"--settings={job.settings}")
    began = time.monotonic()
    _run_command(job, "train", train, folder / "train.log", stop)
    wall_seconds = time.monotonic() - began
    (run,) = (path.parent for path in folder.glob("*/*/settings.yaml"))
    evaluate = [str(run), f"--episodes={job.episodes}", f"--model={job.model}"]
    _run_command(job, "evaluate", evaluate, folder / "evaluate.log", stop)
    with (run / "episodes.csv").open(newline="", encoding="utf-8") as file:
        episodes = list(csv.DictReader(file))
    times = [float(row["time"]) for row in episodes if row["success"] == "1"]
    steps, seconds, success = _curve(run)
    return JobResult(
        algorithm=job.algorithm,
        seed=job.seed,
        run=str(run),
        wall_seconds=wall_seconds,
        successes=len(times),
        episodes=len(episodes),
        time_to_reach=float(np.mean(times)) if times else math.nan,
        steps=steps,
        seconds=seconds,
        success=success,
        policy_bytes=(run / "policy" / "policy.onnx").stat().st_size,
    )


def _run_command(
    job: Job,
    module: str,
    arguments: list[str],
    log: Path,
    stop: "threading.Event | _Either | None",
) -> None:
    process = ChildProcess([sys.executable, "-m", f"arm_trainer.cli.{module}", *arguments], {}, log)
    try:
        while True:
            if stop is not None and stop.is_set():
                raise Stopped
            with suppress(subprocess.TimeoutExpired):
                process.process.wait(_POLL)
                break
        if process.process.returncode:
            raise UserError(f"{job.name} failed: {process.output_tail(1)} (see {log}).")
    finally:
        process.close(timeout=15.0)


def _curve(run: Path) -> tuple[list[int], list[float], list[float]]:
    """Steps, seconds and success of a run's evaluations, from its TensorBoard events.

    Its evaluations.csv has no times, so that equal seeds give equal files.
    """
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(run)).Reload()
    began = events.FirstEventTimestamp()
    points = events.Scalars("eval/success_rate")
    return (
        [point.step for point in points],
        [point.wall_time - began for point in points],
        [point.value for point in points],
    )


def run_jobs(
    jobs: Sequence[Job],
    workers: int,
    stop: threading.Event,
    on_done: Callable[[JobResult], None] = lambda result: None,
) -> list[JobResult]:
    """Runs jobs on this machine, `workers` side by side.

    Returns:
        The results in the jobs' order; those of the finished jobs alone if `stop` was set.

    Raises:
        UserError: If one fails; what the finished ones left is kept.
    """
    results: dict[int, JobResult] = {}
    ended = threading.Event()  # Set for all jobs when one fails.
    with ThreadPoolExecutor(workers) as pool:
        pending = {pool.submit(run_job, job, _Either(stop, ended)): i for i, job in enumerate(jobs)}
        try:
            while pending:
                done, _ = wait(pending, return_when=FIRST_COMPLETED)
                for future in done:
                    index = pending.pop(future)
                    with suppress(Stopped):
                        results[index] = future.result()
                        on_done(results[index])
        finally:
            ended.set()
    return [results[i] for i in sorted(results)]


class _Either:
    """Set when one of two events is."""

    def __init__(self, one: threading.Event, other: threading.Event) -> None:
        self._events = (one, other)

    def is_set(self) -> bool:
        return any(event.is_set() for event in self._events)


def run_jobs_on_ray(
    jobs: Sequence[Job],
    address: str,
    stop: threading.Event,
    on_done: Callable[[JobResult], None] = lambda result: None,
) -> list[JobResult]:
    """Runs jobs across a Ray cluster, whose machines share the log folder and this environment.

    Args:
        jobs: The jobs.
        address: The cluster's address, 'auto', or 'local' for a Ray of this machine.
        stop: Ends the jobs when set.
        on_done: Called with each result.

    Returns:
        As `run_jobs`.

    Raises:
        UserError: If Ray is missing, the cluster does not answer, or a job fails.
    """
    try:
        import ray
    except ImportError as error:
        raise UserError(
            "Ray is not installed; type: .venv/bin/pip install -r requirements-ray.txt"
        ) from error
    try:
        ray.init(address=address, log_to_driver=False, include_dashboard=False)
    except Exception as error:  # Ray's connection errors share no base.
        reason = " ".join(str(error).split())
        raise UserError(f"No Ray cluster answers at {address}: {reason}") from error
    results: dict[int, JobResult] = {}
    try:
        remote = ray.remote(num_cpus=1)(run_job)
        pending = {remote.remote(job): i for i, job in enumerate(jobs)}
        while pending and not stop.is_set():
            done, _ = ray.wait(list(pending), num_returns=1, timeout=_POLL)
            for reference in done:
                index = pending.pop(reference)
                results[index] = ray.get(reference)
                on_done(results[index])
        for reference in pending:
            ray.cancel(reference)
    except ray.exceptions.RayTaskError as error:
        raise UserError(str(error.cause)) from error
    except ray.exceptions.RayError as error:
        raise UserError(f"Ray lost a job: {' '.join(str(error).split())}") from error
    finally:
        ray.shutdown()
    return [results[i] for i in sorted(results)]


def save_results(results: Sequence[JobResult], file: Path) -> None:
    """Writes the results as JSON, from which the report can be made again."""
    write_text(file, json.dumps([asdict(result) for result in results], indent=1) + "\n")
