"""Distillation can be stopped and resumed to the same weights, and leaves its files."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from arm_sim.common.arrays import Floats
from arm_sim.common.errors import UserError
from arm_trainer.backends.backend import BatchState
from arm_trainer.backends.camera_views import Views
from arm_trainer.backends.in_process import InProcessBackend
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.policies.bundle import Policy
from arm_trainer.training.config import TrainingSettings, load_settings, read_settings, to_yaml
from arm_trainer.training.csv_logs import read_rows
from arm_trainer.training.run_folder import RunFolder
from arm_trainer.training.trainer import TrainingResult, train
from arm_trainer.vision.distillation import teacher_run, train_vision_policy
from arm_trainer.vision.end_to_end import end_to_end_options

SMALL = """
steps: 64
num_arms: 4
device: cpu
evaluation_episodes: 2
checkpoint_every: 32
reach: {max_periods: 4, hold_periods: 1}
vision: {cameras: [top, front], image_size: 24, frame_stack: 2, frames: 128, epochs: 2}
"""
LEARNERS = {
    "ppo": "learner: {n_steps: 8, batch_size: 16, n_epochs: 1, net_arch: [4]}\n",
    "a2c": "learner: {n_steps: 8, net_arch: [4]}\n",
    "sac": "learner: {learning_starts: 16, batch_size: 8, buffer_size: 1000, net_arch: [4]}\n",
    "tqc": "learner: {learning_starts: 16, batch_size: 8, buffer_size: 1000, net_arch: [4]}\n",
}


def settings_of(folder: Path, algorithm: str, more: str = "") -> TrainingSettings:
    file = folder / f"{algorithm}.yaml"
    file.write_text(SMALL.replace("epochs: 2", f"epochs: 2{more}") + LEARNERS[algorithm])
    return load_settings(algorithm, file)


def test_with_vision_the_gripper_stays_open(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, "ppo")
    assert settings.task_config.gripper_distance == 0.0
    (tmp_path / "saved.yaml").write_text(to_yaml(settings))
    assert read_settings(tmp_path / "saved.yaml") == settings
    with pytest.raises(UserError, match=r"reach\.gripper_distance must be 0"):
        load_settings("ppo", None, vision={}, reach={"gripper_distance": 0.1})
    with pytest.raises(UserError, match=r"unknown key 'vision\.size' \(valid: cameras, image_size"):
        load_settings("ppo", None, vision={"size": 3})


class Stopping(InProcessBackend):
    """Sets `stop` in the given control period."""

    def __init__(
        self,
        interface: PolicyInterface,
        views: Views | None,
        stop: threading.Event,
        period: int | None,
    ) -> None:
        super().__init__(interface.robot, 4, interface.control_period, threads=1, views=views)
        self._stop, self._left = stop, period

    def step(self, commands: Floats) -> BatchState:
        if self._left is not None:
            self._left -= 1
            if self._left == 0:
                self._stop.set()
        return super().step(commands)


Go = Callable[..., TrainingResult]


def trainer(folder: Path, algorithm: str = "ppo") -> Go:
    """Returns a function that trains; it stops in a period without or with cameras, or an epoch."""
    settings = settings_of(folder, algorithm)
    run = RunFolder(folder / "run", algorithm)

    def go(
        teacher: int | None = None, frames: int | None = None, epoch: int | None = None
    ) -> TrainingResult:
        stop = threading.Event()

        def log(line: str) -> None:
            if line.startswith(f"Epoch {epoch}:"):
                stop.set()

        def make(interface: PolicyInterface, views: Views | None) -> InProcessBackend:
            return Stopping(interface, views, stop, teacher if views is None else frames)

        resume = run.settings.is_file()
        return train_vision_policy(settings, run, make, resume=resume, stop=stop, log=log)

    return go


FINISHED = {"settings.yaml", "phases.csv", "evaluations.csv", "encoder.pt"}
FINISHED |= {"summary.json", "curve.png", "sight.png", "policy", "teacher"}


def test_a_stopped_training_is_resumed_to_the_same_result(tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    for folder in (whole, parts):
        folder.mkdir()
    assert trainer(whole)().finished
    go = trainer(parts)
    assert not go(frames=3).finished
    assert not go(epoch=1).finished
    assert not (parts / "run/policy").exists()
    result = go()
    assert result.finished and result.outcomes is not None
    assert {file.name for file in (parts / "run").iterdir()} == FINISHED
    encoders = [
        torch.load(folder / "run/encoder.pt", weights_only=True)["encoder"]
        for folder in (whole, parts)
    ]
    for name, weights in encoders[0].items():
        assert torch.equal(weights, encoders[1][name]), name
    rows = [read_rows(folder / "run/evaluations.csv") for folder in (whole, parts)]
    assert [row["epoch"] for row in rows[0]] == ["1", "2"]
    assert rows[0] == rows[1]


def test_a_stopped_training_of_the_teacher_is_resumed(tmp_path: Path) -> None:
    go = trainer(tmp_path)
    assert not go(teacher=9).finished
    assert not teacher_run(RunFolder(tmp_path / "run", "ppo")).final_model.exists()
    assert go().finished
    phases = read_rows(tmp_path / "run/phases.csv")
    assert [row["phase"] for row in phases[:3]] == ["teacher", "teacher", "frames"]
    assert sum(int(row["samples"]) for row in phases[:2]) >= 64


@pytest.mark.parametrize("algorithm", LEARNERS)
def test_the_bundle_has_the_cameras_and_not_the_target(tmp_path: Path, algorithm: str) -> None:
    assert trainer(tmp_path, algorithm)().finished
    policy = Policy(tmp_path / "run/policy")
    assert policy.views == Views(("top_camera", "front_camera"), size=24, stack=2)
    assert not any(name.startswith("target") for name in policy.description.observation.columns)
    assert policy.description.training["frames"] == 128
    phases = read_rows(tmp_path / "run/phases.csv")
    assert [row["phase"] for row in phases] == [
        *("teacher", "frames", "encoder", "evaluation", "encoder", "evaluation")
    ]
    assert [row["samples"] for row in phases[:3]] == ["64", "128", "128"]


@pytest.mark.parametrize("algorithm", LEARNERS)
def test_every_algorithm_also_trains_end_to_end_from_images(tmp_path: Path, algorithm: str) -> None:
    settings = settings_of(tmp_path, algorithm, ", end_to_end: true")
    run = RunFolder.create(tmp_path / "logs", "fetch_arm", algorithm)
    views = Views(("top_camera", "front_camera"), size=24, stack=2)

    def make(interface: PolicyInterface) -> InProcessBackend:
        return InProcessBackend(
            interface.robot, 4, interface.control_period, threads=1, views=views
        )

    options = end_to_end_options(views, settings.learner.get("buffer_size"))
    assert train(settings, run, make, options=options, log=lambda line: None).finished
    assert Policy(run.bundle).views == views
