"""Execution of benchmark jobs, on this machine or on a Ray cluster."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import suppress

from arm_sim.common.command import Stopped
from arm_sim.common.errors import UserError
from arm_trainer.evaluation.benchmark.jobs import POLL, Job, run_job
from arm_trainer.evaluation.benchmark.results import JobResult

OnDone = Callable[[JobResult], None]


class _AnyOf:
    """A stop signal that is set when one of several events is."""

    def __init__(self, *events: threading.Event) -> None:
        self._events = events

    def is_set(self) -> bool:
        return any(event.is_set() for event in self._events)


def run_jobs(
    jobs: Sequence[Job],
    workers: int,
    stop: threading.Event,
    on_done: OnDone = lambda result: None,
) -> list[JobResult]:
    """Runs jobs on this machine, `workers` of them side by side.

    Args:
        jobs: The jobs.
        workers: Number of jobs that run at the same time.
        stop: Ends all jobs when set.
        on_done: Called with each result when its job is done.

    Returns:
        The results in the order of the jobs; only those of finished jobs if `stop` was set.

    Raises:
        UserError: If a job fails; the others are ended, and the files of finished ones are kept.
    """
    results: dict[int, JobResult] = {}
    failed = threading.Event()
    signal = _AnyOf(stop, failed)
    with ThreadPoolExecutor(workers) as pool:
        pending = {pool.submit(run_job, job, signal): i for i, job in enumerate(jobs)}
        try:
            while pending:
                done, _ = wait(pending, return_when=FIRST_COMPLETED)
                for future in done:
                    index = pending.pop(future)
                    with suppress(Stopped):
                        results[index] = future.result()
                        on_done(results[index])
        finally:
            failed.set()
    return [results[i] for i in sorted(results)]


def run_jobs_on_ray(
    jobs: Sequence[Job],
    address: str,
    stop: threading.Event,
    on_done: OnDone = lambda result: None,
) -> list[JobResult]:
    """Runs jobs on a Ray cluster, whose machines share the log folder and this environment.

    Args:
        jobs: The jobs.
        address: The cluster's address, 'auto', or 'local' to start Ray on this machine.
        stop: See `run_jobs`.
        on_done: See `run_jobs`.

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
    except Exception as error:  # Ray's connection errors have no common base class.
        reason = " ".join(str(error).split())
        raise UserError(f"No Ray cluster answers at {address}: {reason}") from error
    results: dict[int, JobResult] = {}
    try:
        remote = ray.remote(num_cpus=1)(run_job)
        pending = {remote.remote(job): i for i, job in enumerate(jobs)}
        while pending and not stop.is_set():
            done, _ = ray.wait(list(pending), num_returns=1, timeout=POLL)
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
