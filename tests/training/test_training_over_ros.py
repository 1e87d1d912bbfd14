"""A short training over ROS learns, and leaves the run folder that the README describes."""

import csv
import re
import signal
import threading
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from arm_sim.common.command import run_command
from arm_sim.common.errors import UserError
from arm_trainer.cli.train import run_training
from arm_trainer.training.run_folder import RunFolder
from support.graph import wait_until
from support.processes import Start
from support.trainings import quick_settings, steps_shown


def test_a_short_training_reaches_nine_of_ten_unseen_targets(trained_run: Path) -> None:
    with (trained_run / "evaluations.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert max(float(row["success_in_a_row"]) for row in rows) >= 0.9
    assert float(rows[0]["success_in_a_row"]) < 0.5  # It had to learn it.


def test_the_run_folder_has_the_shape_that_people_expect(trained_run: Path) -> None:
    assert re.fullmatch(r"ppo_\d{8}_\d{6}", trained_run.name)
    names = {file.name for file in trained_run.iterdir()}
    events = {name for name in names if name.startswith("events.out.tfevents")}
    assert events
    assert names - events == {
        "arm_ppo_final.zip",
        "best_model.zip",
        "checkpoints",
        "curve.png",
        "evaluations.csv",
        "policy",
        "settings.yaml",
        "summary.json",
    }
    checkpoints = sorted(file.name for file in (trained_run / "checkpoints").iterdir())
    assert checkpoints == [f"arm_ppo_{k}0000_steps.zip" for k in (1, 2)]
    assert {file.name for file in (trained_run / "policy").iterdir()} == {
        "policy.onnx",
        "policy.json",
    }


def test_tensorboard_shows_how_it_went(trained_run: Path) -> None:
    events = EventAccumulator(str(trained_run)).Reload()
    assert {
        "rollout/ep_rew_mean",
        "rollout/success_rate",
        "eval/success_in_a_row",
        "train/loss",
        "train/value_loss",
        "train/entropy_loss",
        "train/learning_rate",
        "time/fps",
    } <= set(events.Tags()["scalars"])


def test_a_stopped_training_leaves_a_checkpoint_and_is_resumed(
    start: Start, tmp_path: Path
) -> None:
    settings = quick_settings(tmp_path, interval=10_000, episodes=5)
    first = start("train", "--steps", 5000, "--settings", settings, "--log-dir", tmp_path)
    wait_until(lambda: steps_shown(first) > 0, timeout=60)
    assert first.end(signal.SIGINT, timeout=15) == 0, first.output
    assert "Traceback" not in first.output
    (run,) = (tmp_path / "fetch_arm").iterdir()
    assert "Stopped after" in first.output
    assert f"train --resume {run}" in first.output
    ((steps, _),) = RunFolder.open(run).checkpoints()
    assert 0 < steps < 5000

    second = start("train", "--resume", run)
    assert second.wait(60) == 0, second.output
    assert "Finished after 5," in second.output
    assert (run / "arm_ppo_final.zip").is_file()


def test_an_external_simulator_serves_as_well(start: Start, tmp_path: Path) -> None:
    start("sim_node", mode="lockstep", num_arms=4, cameras="none")
    settings = quick_settings(tmp_path, interval=10_000, episodes=5)
    arguments = ("--sim", "external", "--num-arms", 4, "--steps", 600, "--settings", settings)
    training = start("train", *arguments, "--log-dir", tmp_path)
    assert training.wait(60) == 0, training.output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--algorithm", "DQN"], "Unknown algorithm 'DQN' (valid: PPO, A2C, SAC"),
        (["--steps", "many"], "invalid int value: 'many'"),
        (["--steps", "0"], "'steps' is 0"),
        (["--compare-steps", "500"], "--compare-steps: only with --compare"),
        (["--num-sims", "3", "--num-arms", "2"], "num_sims is 3; with num_arms 2 it must be at"),
        (["--num-sims", "2", "--sim", "in-process"], "--sim in-process has no simulators"),
        (["--device", "tpu"], "'device' is 'tpu'"),
        (["--device", "cuda"], "PyTorch finds no GPU"),
        (["--model", "panda"], "no built-in robot 'panda'"),
        (["--settings", "absent.yaml"], "Can't read absent.yaml"),
        (["--resume", "nowhere"], "nowhere is not a run"),
        (["--fast"], "Unrecognized arguments: --fast"),
        (["--log-dir", "/proc/logs"], "Can't make the run folder"),
    ],
)
def test_a_mistake_is_one_sentence(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    arguments: list[str],
    sentence: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run_command("train", lambda stop: run_training(arguments, stop)) == 2
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith("train: ") and sentence in said


def test_an_unknown_setting_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text("learner:\n  n_step: 64\n")
    with pytest.raises(UserError, match=r"unknown key 'n_step' \(valid: learning_rate"):
        run_training(["--settings", "mine.yaml"], threading.Event())
    assert not (tmp_path / "logs").exists()
