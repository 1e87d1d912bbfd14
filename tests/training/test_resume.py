"""A training that was killed is resumed from its last complete checkpoint."""

import random
import shutil
import threading
from pathlib import Path
from typing import NamedTuple

import pytest

from arm_sim.common.errors import UserError
from arm_trainer.algorithms.registry import ALGORITHMS
from arm_trainer.cli.train import run_training
from arm_trainer.training.run_folder import RunFolder
from support.processes import Start
from support.ros_system import RosSystem
from support.trainings import (
    ROLLOUT,
    evaluation_rows,
    kill_after_checkpoint,
    quick_settings,
    resumed_from,
    the_run,
)

INTERVAL = 2000


class Resumed(NamedTuple):
    """A training that was killed, and resumed until its end.

    Attributes:
        run: Its run folder.
        steps: How many steps it was to have.
        before: Steps when it was killed.
        after: Steps with which it went on.
    """

    run: RunFolder
    steps: int
    before: int
    after: int


@pytest.fixture(scope="module")
def resumed(shared_system: RosSystem, tmp_path_factory: pytest.TempPathFactory) -> Resumed:
    folder = tmp_path_factory.mktemp("killed")
    settings = quick_settings(folder, INTERVAL, episodes=5)
    steps = 8000
    start = shared_system.start
    first = start("train", "--steps", steps, "--settings", settings, "--log-dir", folder)
    run = the_run(folder)
    before = kill_after_checkpoint(first, run, 2, 0.3)
    second = start("train", "--resume", run.path)
    assert second.wait(120) == 0, second.output
    return Resumed(run, steps, before, resumed_from(second))


def test_a_killed_training_loses_at_most_one_checkpoint_interval(resumed: Resumed) -> None:
    assert resumed.before - resumed.after <= INTERVAL + ROLLOUT
    steps = [int(row["steps"]) for row in evaluation_rows(resumed.run)]
    assert steps == sorted(set(steps))  # The curve goes on, without a step twice.
    assert steps[-1] >= resumed.steps
    assert resumed.run.final_model.is_file()
    files = [file for file in resumed.run.path.rglob(".*") if file.is_file()]
    assert not [file for file in files if file.stat().st_size == 0]


def test_a_truncated_checkpoint_is_passed_over_for_the_one_before(
    resumed: Resumed, start: Start, tmp_path: Path
) -> None:
    run = RunFolder.open(shutil.copytree(resumed.run.path, tmp_path / "run"))
    (steps, _), (_, newest) = run.checkpoints()[-2:]
    newest.write_bytes(newest.read_bytes()[:1000])
    again = start("train", "--resume", run.path)
    assert again.wait(60) == 0, again.output
    assert steps <= resumed_from(again) < steps + INTERVAL
    for _, file in run.checkpoints():  # The newest was written anew.
        file.write_bytes(b"PK")
    with pytest.raises(UserError, match="has no complete checkpoint to resume from"):
        run_training(["--resume", str(run.path)], threading.Event())


def test_a_resumed_run_keeps_its_settings(trained_run: Path) -> None:
    arguments = ["--resume", str(trained_run), "--seed", "5", "--num-arms", "3"]
    with pytest.raises(UserError, match="leave out seed, num_arms"):
        run_training(arguments, threading.Event())


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
    assert max(float(row["success_in_a_row"]) for row in evaluation_rows(run)[-5:]) >= 0.95
