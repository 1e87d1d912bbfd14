"""`compare` trains several algorithms side by side, and writes a report."""

import json
import os
import re
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

from arm_sim.common.errors import UserError
from arm_trainer.cli.compare import run_compare
from arm_trainer.cli.train import run_training
from support.processes import Process, Start
from support.trainings import quick_settings


@pytest.fixture
def quick(tmp_path: Path) -> tuple[object, ...]:
    """Arguments for short evaluations during the training, and for where the runs go."""
    settings = quick_settings(tmp_path, interval=10_000, episodes=5)
    return "--settings", settings, "--log-dir", tmp_path


def wait_for_trainings(comparison: Process, logs: Path, count: int) -> None:
    """Waits until so many of a comparison's trainings have begun."""
    deadline = time.monotonic() + 60
    while len(list(logs.glob("fetch_arm/*/*/*/*/events*"))) < count:
        assert time.monotonic() < deadline, comparison.output
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--steps=5", "--sim=in-process"], "--steps, --sim: not with --compare"),
        (["--vision", "--num-arms=3"], "--num-arms, --vision: not with --compare"),
    ],
)
def test_what_a_comparison_does_not_take_is_refused(options: list[str], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        run_training(["--compare", *options], threading.Event())


def test_compare_writes_a_report_that_holds_everything(
    start: Start, tmp_path: Path, quick: tuple[object, ...]
) -> None:
    comparison = start("compare", "--workers", 2, "--steps", 300, "--episodes", 20, *quick)
    assert comparison.wait(110) == 0, comparison.output
    (folder,) = tmp_path.glob("fetch_arm/compare_*")
    page = (folder / "report.html").read_text()
    assert page.count("data:image/png;base64,") == 2
    assert not re.search(r'src="(?!data:)', page)
    assert "Recommended: " in page
    results = json.loads((folder / "results.json").read_text())
    assert [result["algorithm"] for result in results] == ["ppo", "a2c", "sac"]
    assert {result["targets"] for result in results} == {20}
    text = (folder / "report.md").read_text()
    for result in results:
        assert f"{result['success_in_a_row']:.1%}" in text
        assert f"{result['success_from_fresh_starts']:.1%}" in text
        assert result["wall_seconds"] > 0
    assert "| Success in a row (95 % interval) |" in text
    assert str(tmp_path) not in text  # It can be moved.


def test_train_can_compare_too(start: Start, tmp_path: Path) -> None:
    comparison = start("train", "--compare", "--compare-steps", 700, "--log-dir", tmp_path)
    comparison.wait_for("3 jobs of 700 steps")
    assert comparison.end(signal.SIGINT, timeout=15) == 0, comparison.output
    assert "Stopped after" in comparison.output


def test_a_stopped_comparison_leaves_no_process(
    start: Start, tmp_path: Path, quick: tuple[object, ...]
) -> None:
    comparison = start("compare", "--workers", 2, "--algorithms", "PPO,A2C", *quick)
    wait_for_trainings(comparison, tmp_path, 2)
    assert comparison.end(signal.SIGINT, timeout=15) == 0, comparison.output
    assert "Stopped after 0 of 2 jobs" in comparison.output
    running = subprocess.run(["pgrep", "-f", str(tmp_path)], capture_output=True, text=True)
    assert running.stdout == ""


def children(pid: int) -> list[int]:
    """Ids of the processes that a process has started, from any of its threads."""
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for file in lists for child in file.read_text().split()]


def test_a_failing_job_is_named(start: Start, tmp_path: Path, quick: tuple[object, ...]) -> None:
    comparison = start("compare", "--algorithms", "A2C", *quick)
    wait_for_trainings(comparison, tmp_path, 1)
    (job,) = children(comparison.popen.pid)
    os.kill(job, signal.SIGKILL)
    assert comparison.wait(30) == 2
    last = comparison.output.splitlines()[-1]
    assert "A2C, seed 0 failed" in last
    assert "train.log" in last


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--algorithms", "PPO,DQN"], "Unknown algorithm 'DQN'"),
        (["--seeds", "0"], "--seeds is 0"),
        (["--device", "cuda"], "no GPU"),
    ],
)
def test_a_mistake_is_one_sentence(arguments: list[str], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        run_compare(arguments, threading.Event())


@pytest.mark.slow
def test_jobs_run_on_a_local_ray(start: Start, tmp_path: Path) -> None:
    pytest.importorskip("ray", reason="Ray is an optional extra: requirements-ray.txt")
    jobs = ("--steps", 1500, "--algorithms", "PPO,A2C", "--episodes", 20)
    comparison = start("compare", "--ray", "local", *jobs, "--log-dir", tmp_path)
    assert comparison.wait(200) == 0, comparison.output
    assert list(tmp_path.glob("fetch_arm/compare_*/report.html"))
