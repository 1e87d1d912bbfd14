"""`evaluate` writes what a policy reached, and refuses what does not fit together."""

import csv
import json
import shutil
import threading
from pathlib import Path

import pytest

from arm_sim.common.errors import UserError
from arm_trainer.cli.evaluate import run_evaluation
from arm_trainer.cli.export import run_export
from arm_trainer.training.config import load_settings, to_yaml
from support.processes import ROOT, Start


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
    (headline,) = (line for line in evaluation.output.splitlines() if "in a row  " in line)
    assert headline.startswith(f"Success in a row    {successes / 60:.1%} (")
    assert "of 60 targets: 25 arms, 3 targets each, without a reset" in headline
    assert [int(row["arm"]) for row in rows] == [episode % 25 for episode in range(60)]
    figures = json.loads(output.with_suffix(".json").read_text())
    assert figures["success_in_a_row"] == pytest.approx(successes / 60)
    assert len({row["target_x"] for row in rows}) == 60


def test_the_figure_over_ros_is_that_of_the_training_and_stands_in_a_few_lines(
    trained_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The training judged its bundle in-process on the same targets, twice 40."""
    output = tmp_path / "episodes.csv"
    command = [str(trained_run), "--episodes=80", f"--output={output}"]
    run_evaluation(command, threading.Event())
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Success in a row ") and len(lines) <= 4
    found = json.loads(output.with_suffix(".json").read_text())
    expected = json.loads((trained_run / "summary.json").read_text())
    assert {name: found[name] for name in expected} == expected


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


def test_the_table_does_not_take_the_place_of_the_figures(trained_run: Path) -> None:
    with pytest.raises(UserError, match="--output names the CSV"):
        run_evaluation([str(trained_run), "--output=episodes.json"], threading.Event())


def test_what_did_not_vary_in_training_can_not_be_varied_now(trained_run: Path) -> None:
    with pytest.raises(UserError, match="did not vary in training"):
        run_evaluation([str(trained_run), "--varied"], threading.Event())


def test_evaluate_refuses_another_robots_policy(trained_run: Path, tmp_path: Path) -> None:
    source = ROOT / "ros2_ws/src/arm_sim/models"
    for kind in ("xml", "yaml"):
        shutil.copy(source / f"fetch_arm.{kind}", tmp_path / f"longer_arm.{kind}")
    model = tmp_path / "longer_arm.xml"
    model.write_text(model.read_text().replace('pos="0.219 0 0"', 'pos="0.319 0 0"'))
    sentence = "it is for 'fetch_arm', this is 'longer_arm': give --model"
    with pytest.raises(UserError, match=sentence) as refused:
        run_evaluation([str(trained_run), f"--model={model}"], threading.Event())
    assert len(str(refused.value)) < 300
