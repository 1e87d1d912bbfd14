"""What tests of trainings share: quick settings, and waiting for what a training writes."""

import csv
import re
import signal
import time
from pathlib import Path

from arm_trainer.training.run_folder import RunFolder
from support.graph import wait_until
from support.processes import Process

# What a rollout of PPO, or an update of the others, may add to a checkpoint's round number.
ROLLOUT = 1024


def quick_settings(folder: Path, interval: int, episodes: int) -> Path:
    """Writes a settings file.

    Args:
        folder: Where the file is written.
        interval: Steps between checkpoints, and between evaluations.
        episodes: Episodes of an evaluation.
    """
    file = folder / f"every_{interval}.yaml"
    file.write_text(
        f"checkpoint_every: {interval}\nevaluate_every: {interval}\n"
        f"evaluation_episodes: {episodes}\n"
    )
    return file


def the_run(logs: Path, timeout: float = 60.0) -> RunFolder:
    """Waits for the one run below a folder of logs."""
    wait_until(lambda: any(logs.glob("fetch_arm/*/settings.yaml")), timeout)
    (settings,) = logs.glob("fetch_arm/*/settings.yaml")
    return RunFolder.open(settings.parent)


def steps_shown(process: Process) -> int:
    """The steps that a training's progress bar shows; 0 if there is none yet."""
    shown = re.findall(r"([\d.]+)(k?)/", process.output)
    if not shown:
        return 0
    number, kilo = shown[-1]
    return round(float(number) * (1000 if kilo else 1))


def kill_after_checkpoint(process: Process, run: RunFolder, count: int, wait: float) -> int:
    """Kills a training `wait` seconds after its count-th checkpoint; returns the steps it had."""
    deadline = time.monotonic() + 120
    while len(run.checkpoints()) < count:
        assert process.popen.poll() is None, process.output
        assert time.monotonic() < deadline
        time.sleep(0.01)
    time.sleep(wait)
    process.end(signal.SIGKILL)
    return steps_shown(process)


def resumed_from(process: Process) -> int:
    """The steps after which a training says that it resumed."""
    match = re.search(r"Resuming after ([\d,]+) steps", process.output)
    assert match, process.output
    return int(match.group(1).replace(",", ""))


def evaluation_rows(run: RunFolder) -> list[dict[str, str]]:
    """The rows of evaluations.csv."""
    with run.evaluations.open() as file:
        return list(csv.DictReader(file))
