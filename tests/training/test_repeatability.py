"""Equal seeds give equal trainings, in-process and over ROS."""

import threading
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from arm_trainer.algorithms.registry import ALGORITHMS
from arm_trainer.cli.train import run_training
from support.processes import Process, Start
from support.trainings import quick_settings, the_run


def evaluations(training: Process, logs: Path) -> bytes:
    """Waits for the end of a training, and returns its evaluations.csv."""
    assert training.wait(240) == 0, training.output
    return the_run(logs).evaluations.read_bytes()


def test_the_same_seed_gives_the_same_evaluations(start: Start, tmp_path: Path) -> None:
    settings = quick_settings(tmp_path, interval=1000, episodes=20)

    def options(seed: int, name: str) -> list[str]:
        logs = tmp_path / name
        return ["--steps=2000", f"--settings={settings}", f"--seed={seed}", f"--log-dir={logs}"]

    def in_process(seed: int, name: str) -> bytes:
        run_training(["--sim=in-process", *options(seed, name)], threading.Event())
        return the_run(tmp_path / name).evaluations.read_bytes()

    # All at once, so that they wait for one another at other moments each.
    first, second = (start("train", *options(3, name)) for name in ("over ROS", "again"))
    expected = in_process(3, "in-process")
    assert expected.count(b"\n") == 3  # A header and two evaluations.
    assert in_process(4, "another seed") != expected
    # Nothing on the way changes a bit.
    assert evaluations(first, tmp_path / "over ROS") == expected
    assert evaluations(second, tmp_path / "again") == expected


@pytest.mark.slow
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_algorithms_evaluations_repeat(start: Start, tmp_path: Path, algorithm: str) -> None:
    settings = quick_settings(tmp_path, interval=2000, episodes=20)
    arguments = ("--algorithm", algorithm, "--steps", 8000, "--settings", settings)
    first, second = (
        evaluations(start("train", *arguments, "--log-dir", tmp_path / name), tmp_path / name)
        for name in ("a", "b")
    )
    assert first == second
    tags = set(EventAccumulator(str(the_run(tmp_path / "a").path)).Reload().Tags()["scalars"])
    assert {"rollout/ep_rew_mean", "rollout/success_rate", "eval/success_in_a_row"} <= tags
    assert {"train/learning_rate", "time/fps"} <= tags
    off_policy = ALGORITHMS[algorithm].has_replay_buffer
    entropy, loss = ("entropy", "actor_loss") if off_policy else ("entropy_loss", "value_loss")
    assert {f"train/{entropy}", f"train/{loss}"} <= tags
