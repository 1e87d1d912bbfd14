"""Commands that are started by a string are there, and launch files offer their options."""

import importlib.util
import runpy
import sys
from pathlib import Path
from unittest.mock import MagicMock

import pytest

from arm_trainer.algorithms.registry import ALGORITHMS
from arm_trainer.cli import compare, demo, train_options
from arm_trainer.cli.arguments import CommandLine, default_of
from arm_trainer.evaluation.benchmark.jobs import COMMANDS
from arm_trainer.training.config import TrainingSettings

LAUNCH = Path(__file__).parents[2] / "launch"
STUBS = ("launch", "launch.actions", "launch.substitutions", "launch_ros", "launch_ros.actions")
PARSERS = {
    "train": train_options.parser(None),
    "compare": compare.parser(),
    "demo": demo.parser(),
}


@pytest.mark.parametrize("name", ["train", "evaluate"])
def test_the_commands_that_jobs_run_are_there(name: str) -> None:
    assert importlib.util.find_spec(f"{COMMANDS}.{name}")


@pytest.fixture
def launch_arguments(monkeypatch: pytest.MonkeyPatch):
    for name in STUBS:
        monkeypatch.setitem(sys.modules, name, MagicMock())
    return lambda command: runpy.run_path(str(LAUNCH / f"{command}.launch.py"))["ARGUMENTS"]


def actual_default(parser: CommandLine, option: str) -> str:
    (action,) = (action for action in parser._actions if option in action.option_strings)
    if action.default is None and hasattr(TrainingSettings, action.dest):
        return str(default_of(TrainingSettings, action.dest))
    return str(action.default)


@pytest.mark.parametrize("command", PARSERS)
def test_launch_files_pass_options_with_the_commands_defaults(command, launch_arguments) -> None:
    for name, default, _ in launch_arguments(command):
        option = f"--{name.replace('_', '-')}"
        known = {"algorithm": "PPO", "latency": "0", "vision": "false", "num_arms": ""}
        expected = known.get(name) or actual_default(PARSERS[command], option)
        # The task's own, where there is one task.
        of_task = name == "num_arms" or (name == "steps" and command != "compare")
        assert default == ("" if of_task else expected), name


def test_the_launch_file_lists_every_algorithm(launch_arguments) -> None:
    (description,) = (row[2] for row in launch_arguments("train") if row[0] == "algorithm")
    assert all(name.upper() in description for name in ALGORITHMS)
