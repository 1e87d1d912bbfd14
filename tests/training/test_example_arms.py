"""The documented commands, with nothing but another model's name, lead to a policy that reaches."""

import csv
import subprocess
from pathlib import Path

import pytest

from support.processes import executable


def arm(*arguments: object) -> str:
    command = [executable(str(arguments[0])), *map(str, arguments[1:])]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("model", ["six_axis_arm", "seven_axis_arm"])
def test_nineteen_of_twenty_unseen_targets_are_reached_and_held(model: str, tmp_path: Path) -> None:
    arm("train", "--model", model, "--algorithm", "PPO", "--steps", 100_000, "--log-dir", tmp_path)
    (run,) = (tmp_path / model).iterdir()
    arm("evaluate", run, "--model", model, "--episodes", 500)
    with (run / "episodes.csv").open() as file:
        reached = [row["success"] == "1" for row in csv.DictReader(file)]
    assert len(reached) == 500
    assert sum(reached) >= 475
