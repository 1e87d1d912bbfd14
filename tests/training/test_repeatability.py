"""Equal seeds give equal trainings, in-process and over ROS."""

from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from arm_trainer.algorithms.registry import ALGORITHMS
from support.processes import Process, Start
from support.trainings import quick_settings, the_run


def evaluations(training: Process, logs: Path) -> bytes:
    """Waits for the end of a training, and returns its evaluations.csv."""
    assert training.wait(240) == 0, training.output
    return the_run(logs).evaluations.read_bytes()


def test_the_same_seed_gives_the_same_evaluations(start: Start, tmp_path: Path) -> None:
    # All at once, so that they wait for one another at other moments each.
    ways = {
        "over ROS": ("--seed", 3),
        "again": ("--seed", 3),
        "in-process": ("--seed", 3, "--sim", "in-process"),
        "another seed": ("--seed", 4, "--sim", "in-process"),
    }
    settings = quick_settings(tmp_path, interval=1000, episodes=20)
    common = ("--steps", 3000, "--settings", settings, "--log-dir")
    trainings = {name: start("train", *way, *common, tmp_path / name) for name, way in ways.items()}
    found = {name: evaluations(training, tmp_path / name) for name, training in trainings.items()}
    assert found["over ROS"].count(b"\n") == 4  # A header and three evaluations.
    assert found["over ROS"] == found["again"]
    assert found["over ROS"] == found["in-process"]  # Nothing on the way changes a bit.
    assert found["over ROS"] != found["another seed"]


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
    assert {"rollout/ep_rew_mean", "rollout/success_rate", "eval/success_rate"} <= tags
    assert {"train/learning_rate", "time/fps"} <= tags
    off_policy = ALGORITHMS[algorithm].has_replay_buffer
    entropy, loss = ("entropy", "actor_loss") if off_policy else ("entropy_loss", "value_loss")
    assert {f"train/{entropy}", f"train/{loss}"} <= tags
