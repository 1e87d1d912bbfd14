import csv
import random
import re
import signal
import subprocess
import threading
import time
import zipfile
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from arm_sim.common.errors import UserError
from arm_trainer.algorithms.registry import ALGORITHMS
from arm_trainer.cli.train import run_training
from arm_trainer.training.run_folder import RunFolder
from processes import Process, Start

INTERVAL = 2000
# What a rollout of PPO's or an update of the others may add to a checkpoint's round number.
ROLLOUT = 1024


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    file = tmp_path / "quick.yaml"
    file.write_text(
        f"checkpoint_every: {INTERVAL}\nevaluate_every: {INTERVAL}\nevaluation_episodes: 20\n"
    )
    return file


def the_run(logs: Path, timeout: float = 60.0) -> RunFolder:
    deadline = time.monotonic() + timeout
    while not (found := list(logs.glob("fetch_arm/*/settings.yaml"))):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return RunFolder.open(found[0].parent)


def kill_after_checkpoint(process: Process, run: RunFolder, count: int, wait: float) -> int:
    """Kills the training some time after its count-th checkpoint; returns the steps it had."""
    deadline = time.monotonic() + 120
    while len(run.checkpoints()) < count:
        assert process.popen.poll() is None, process.output
        assert time.monotonic() < deadline
        time.sleep(0.01)
    time.sleep(wait)
    process.end(signal.SIGKILL)
    shown = re.findall(r"([\d.]+)(k?)/", process.output)
    number, kilo = shown[-1]
    return round(float(number) * (1000 if kilo else 1))


def resumed_from(process: Process) -> int:
    match = re.search(r"Resuming after ([\d,]+) steps", process.output)
    assert match, process.output
    return int(match.group(1).replace(",", ""))


def rows(run: RunFolder) -> list[dict[str, str]]:
    with run.evaluations.open() as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("algorithm", ["ppo"])
def test_a_killed_training_loses_at_most_one_checkpoint_interval(
    start: Start, settings: Path, tmp_path: Path, algorithm: str
) -> None:
    common = ("--algorithm", algorithm, "--settings", settings, "--log-dir", tmp_path)
    first = start("train", "--steps", 12_000, *common)
    run = the_run(tmp_path)
    had = kill_after_checkpoint(first, run, 2, 0.3)
    second = start("train", "--resume", run.path)
    assert second.wait(120) == 0, second.output
    assert had - resumed_from(second) <= INTERVAL + ROLLOUT
    steps = [int(row["steps"]) for row in rows(run)]
    assert steps == sorted(set(steps))  # The curve goes on, without a step twice.
    assert steps[-1] >= 12_000
    assert run.final_model.is_file()
    assert not [f for f in run.path.rglob(".*") if f.is_file() and f.stat().st_size == 0]


def test_a_truncated_checkpoint_is_passed_over_for_the_one_before(
    start: Start, settings: Path, tmp_path: Path
) -> None:
    training = start("train", "--steps", 5000, "--settings", settings, "--log-dir", tmp_path)
    assert training.wait(60) == 0, training.output
    run = the_run(tmp_path)
    (_, before), (_, newest) = run.checkpoints()
    newest.write_bytes(newest.read_bytes()[:1000])
    again = start("train", "--resume", run.path)
    assert again.wait(60) == 0, again.output
    assert INTERVAL <= resumed_from(again) < 2 * INTERVAL
    for file in (before, newest):  # The second was written anew.
        file.write_bytes(b"PK")
    with pytest.raises(UserError, match="has no complete checkpoint to resume from"):
        run_training(["--resume", str(run.path)], threading.Event())


def test_a_resumed_run_keeps_its_settings(trained_run: Path) -> None:
    arguments = ["--resume", str(trained_run), "--seed", "5", "--num-arms", "3"]
    with pytest.raises(UserError, match="leave out seed, num_arms"):
        run_training(arguments, threading.Event())


def test_a_full_disk_is_one_sentence_and_spoils_nothing(
    start: Start, settings: Path, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=700k", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("this user can't mount a small disk to fill")
    try:
        training = start("train", "--steps", 100_000, "--settings", settings, "--log-dir", disk)
        assert training.wait(120) == 2
        assert "Traceback" not in training.output
        assert "No space left on device" in training.output.splitlines()[-1]
        run = the_run(disk)
        assert run.checkpoints()
        for file in run.path.rglob("*.zip"):
            assert zipfile.ZipFile(file).testzip() is None
        assert rows(run)
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def evaluations(start: Start, logs: Path, *arguments: object) -> bytes:
    training = start("train", *arguments, "--log-dir", logs)
    assert training.wait(240) == 0, training.output
    return the_run(logs).evaluations.read_bytes()


def test_the_same_seed_gives_the_same_evaluations(
    start: Start, settings: Path, tmp_path: Path
) -> None:
    # All at once, so that they wait for one another at other moments each.
    ways = {
        "over ROS": ("--seed", 3),
        "again": ("--seed", 3),
        "in-process": ("--seed", 3, "--sim", "in-process"),
        "another seed": ("--seed", 4, "--sim", "in-process"),
    }
    common = ("--steps", 4000, "--settings", settings, "--log-dir")
    trainings = [start("train", *way, *common, tmp_path / name) for name, way in ways.items()]
    assert [training.wait(240) for training in trainings] == [0] * 4, trainings[0].output
    over_ros, again, in_process, other = (
        the_run(tmp_path / name).evaluations.read_bytes() for name in ways
    )
    assert over_ros == again
    assert over_ros == in_process  # Nothing on the way changes a bit.
    assert over_ros != other


@pytest.mark.slow
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_algorithms_evaluations_repeat(
    start: Start, settings: Path, tmp_path: Path, algorithm: str
) -> None:
    arguments = ("--algorithm", algorithm, "--steps", 8000, "--settings", settings)
    first = evaluations(start, tmp_path / "a", *arguments)
    assert first == evaluations(start, tmp_path / "b", *arguments)
    tags = set(EventAccumulator(str(the_run(tmp_path / "a").path)).Reload().Tags()["scalars"])
    assert {"rollout/ep_rew_mean", "rollout/success_rate", "eval/success_rate"} <= tags
    assert {"train/learning_rate", "time/fps"} <= tags
    off_policy = ALGORITHMS[algorithm].has_replay_buffer
    entropy, loss = ("entropy", "actor_loss") if off_policy else ("entropy_loss", "value_loss")
    assert {f"train/{entropy}", f"train/{loss}"} <= tags


@pytest.mark.slow
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_run_killed_three_times_ends_as_well_as_any(
    start: Start, tmp_path: Path, algorithm: str
) -> None:
    """Kills at random moments, at the default checkpoint interval of 10,000 steps."""
    moments = random.Random(algorithm)
    process = start("train", "--algorithm", algorithm, "--steps", 100_000, "--log-dir", tmp_path)
    run = the_run(tmp_path)
    for count in (1, 4, 7):
        had = kill_after_checkpoint(process, run, count, moments.uniform(0, 3))
        process = start("train", "--resume", run.path)
        process.wait_for("Resuming after")
        assert had - resumed_from(process) <= 10_000 + ROLLOUT
    assert process.wait(400) == 0, process.output
    assert max(float(row["success"]) for row in rows(run)[-5:]) >= 0.95
