"""A task and an action of one's own, a file each, are trained, evaluated and deployed like ours."""

import csv
import json
from pathlib import Path

import pytest

from support.processes import ROOT, Start
from support.ros_system import RosSystem

TASK = f"--task={ROOT / 'tests/own_classes/level_task.py'}:Level"
ACTION = f"--action={ROOT / 'tests/own_classes/halved_action.py'}:HalvedIncrements"


@pytest.fixture(scope="module")
def run(shared_system: RosSystem, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short run of the own task and action, over ROS."""
    folder = tmp_path_factory.mktemp("own")
    settings = folder / "settings.yaml"
    settings.write_text("evaluation_episodes: 4\ncheckpoint_every: 256\nlevel: {max_periods: 20}\n")
    options = ["--steps=512", f"--settings={settings}", f"--log-dir={folder / 'logs'}"]
    training = shared_system.start("train", TASK, ACTION, *options)
    assert training.wait(60) == 0, training.output
    (found,) = (folder / "logs/fetch_arm").iterdir()
    return found


def test_they_go_through_every_command(start: Start, run: Path) -> None:
    described = json.loads((run / "policy/policy.json").read_text())
    assert described["task"]["name"] == "level"
    assert described["task"]["config"]["max_periods"] == 20
    assert described["action"]["name"] == "halved_increments"
    assert described["observation"]["terms"][0] == "joint_positions"
    with (run / "evaluations.csv").open(newline="") as file:
        assert "mean_height_distance" in next(csv.DictReader(file))

    for options in (["--episodes=6", "--num-arms=3"], ["--episodes=2", "--deployed"]):
        evaluation = start("evaluate", run, TASK, ACTION, *options)
        assert evaluation.wait(60) == 0, evaluation.output
        assert "final height_distance, median" in evaluation.output
    with (run / "episodes.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == 6

    export = start("export", run, "--checkpoint=final")
    assert export.wait(30) == 0, export.output
    resumed = start("train", "--resume", run)
    assert resumed.wait(60) == 0, resumed.output


def test_nobody_runs_the_file_that_a_run_or_bundle_names(start: Start, run: Path) -> None:
    refused = (
        "Unknown task 'level' (valid: reach, push, lift, place, stack; one of your own is given by "
        "its file, as path/to/file.py:Class)."
    )
    evaluation = start("evaluate", run)
    controller = start("controller_node", policy=run)
    for process in (evaluation, controller):
        assert process.wait(30) == 2
        assert refused in process.output
        assert "Traceback" not in process.output
