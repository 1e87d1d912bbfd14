import csv
import json
import os
import re
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

from arm_sim.common.errors import UserError
from arm_trainer.cli.compare import run_compare
from arm_trainer.cli.evaluate import run_evaluation
from arm_trainer.cli.export import run_export
from arm_trainer.cli.train import run_training
from arm_trainer.training.config import load_settings, to_yaml
from processes import ROOT, Start


def test_evaluate_writes_a_row_for_each_episode(
    start: Start, trained_run: Path, tmp_path: Path
) -> None:
    output = tmp_path / "episodes.csv"
    evaluation = start(
        "evaluate", trained_run, "--episodes", 60, "--num-arms", 25, "--output", output
    )
    assert evaluation.wait(60) == 0, evaluation.output
    with output.open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 60
    successes = sum(int(row["success"]) for row in rows)
    assert successes >= 50
    assert f"success (95 % interval)    {successes / 60:.1%} (" in evaluation.output
    assert len({row["target_x"] for row in rows}) == 60


def test_evaluate_refuses_what_is_not_a_policy(start: Start, tmp_path: Path) -> None:
    evaluation = start("evaluate", tmp_path)
    assert evaluation.wait(30) == 2
    assert "is not a policy bundle" in evaluation.output
    assert "Traceback" not in evaluation.output


def test_a_run_that_is_not_there_or_not_finished_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"There is no .*nosuch"):
        run_evaluation([str(tmp_path / "nosuch")], threading.Event())
    run = tmp_path / "ppo_1"
    run.mkdir()
    (run / "settings.yaml").write_text(to_yaml(load_settings("ppo", vision={}, reach={})))
    unfinished = rf"{run} has no policy yet: .* go on with './arm train --resume {run}'"
    with pytest.raises(UserError, match=unfinished):
        run_evaluation([str(run)], threading.Event())
    with pytest.raises(UserError, match=unfinished):
        run_export([str(run)])


def test_a_run_names_its_robot_for_the_evaluation(trained_run: Path, tmp_path: Path) -> None:
    run = shutil.copytree(trained_run, tmp_path / "run")
    settings = run / "settings.yaml"
    settings.write_text(settings.read_text().replace("model: fetch_arm", "model: six_axis_arm"))
    with pytest.raises(UserError, match="it is for 'fetch_arm', this is 'six_axis_arm'"):
        run_evaluation([str(run)], threading.Event())


def test_what_did_not_vary_in_training_can_not_be_varied_now(trained_run: Path) -> None:
    with pytest.raises(UserError, match="did not vary in training"):
        run_evaluation([str(trained_run), "--varied"], threading.Event())


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


def test_evaluate_refuses_another_robots_policy(
    start: Start, trained_run: Path, tmp_path: Path
) -> None:
    source = ROOT / "ros2_ws/src/arm_sim/models"
    for kind in ("xml", "yaml"):
        shutil.copy(source / f"fetch_arm.{kind}", tmp_path / f"longer_arm.{kind}")
    model = tmp_path / "longer_arm.xml"
    model.write_text(model.read_text().replace('pos="0.219 0 0"', 'pos="0.319 0 0"'))
    evaluation = start("evaluate", trained_run, "--model", model)
    assert evaluation.wait(30) == 2
    assert "it is for 'fetch_arm', this is 'longer_arm': give --model" in evaluation.output
    assert len(evaluation.output.splitlines()[-1]) < 300
    assert "Traceback" not in evaluation.output


def test_compare_writes_a_report_that_holds_everything(start: Start, tmp_path: Path) -> None:
    comparison = start(
        "compare", "--workers", 2, "--steps", 1500, "--episodes", 40, "--log-dir", tmp_path
    )
    assert comparison.wait(110) == 0, comparison.output
    (folder,) = tmp_path.glob("fetch_arm/compare_*")
    page = (folder / "report.html").read_text()
    assert page.count("data:image/png;base64,") == 2
    assert not re.search(r'src="(?!data:)', page)
    assert "Recommended: " in page
    results = json.loads((folder / "results.json").read_text())
    assert [result["algorithm"] for result in results] == ["ppo", "a2c", "sac"]
    assert {result["episodes"] for result in results} == {40}
    text = (folder / "report.md").read_text()
    for result in results:
        rate = result["successes"] / result["episodes"]
        assert f"{rate:.1%}" in text
        assert result["wall_seconds"] > 0
    assert "| Success (95 % interval) |" in text
    assert str(tmp_path) not in text  # It can be moved.


def test_train_can_compare_too(start: Start, tmp_path: Path) -> None:
    comparison = start("train", "--compare", "--compare-steps", 700, "--log-dir", tmp_path)
    comparison.wait_for("3 jobs of 700 steps")
    assert comparison.end(signal.SIGINT, timeout=15) == 0, comparison.output
    assert "Stopped after" in comparison.output


def test_a_stopped_comparison_leaves_no_process(start: Start, tmp_path: Path) -> None:
    comparison = start("compare", "--workers", 2, "--algorithms", "PPO,A2C", "--log-dir", tmp_path)
    deadline = time.monotonic() + 60
    while len(list(tmp_path.glob("fetch_arm/*/*/*/*/events*"))) < 2:
        assert time.monotonic() < deadline, comparison.output
        time.sleep(0.1)
    assert comparison.end(signal.SIGINT, timeout=15) == 0, comparison.output
    assert "Stopped after 0 of 2 jobs" in comparison.output
    running = subprocess.run(["pgrep", "-f", str(tmp_path)], capture_output=True, text=True)
    assert running.stdout == ""


def children(pid: int) -> list[int]:
    """Ids of the processes that a process has started, from any of its threads."""
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for file in lists for child in file.read_text().split()]


def test_a_failing_job_is_named(start: Start, tmp_path: Path) -> None:
    comparison = start("compare", "--algorithms", "A2C", "--log-dir", tmp_path)
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("fetch_arm/*/*/*/*/events*")):
        assert time.monotonic() < deadline, comparison.output
        time.sleep(0.1)
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
    comparison = start(
        "compare",
        "--ray",
        "local",
        "--steps",
        1500,
        "--algorithms",
        "PPO,A2C",
        "--episodes",
        20,
        "--log-dir",
        tmp_path,
    )
    assert comparison.wait(200) == 0, comparison.output
    assert list(tmp_path.glob("fetch_arm/compare_*/report.html"))
