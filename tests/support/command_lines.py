"""Runs a command on many command lines in one process, as each start takes a second or more."""

import json
import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import NamedTuple

from arm_trainer.ros.domain_id import ReservedDomain
from support import guarded_commands


class Result(NamedTuple):
    """What a command line did.

    Attributes:
        code: Exit code.
        output: What it printed, on stdout and stderr.
        events: What it executed, or opened for writing; see `guarded_commands`.
    """

    code: int
    output: str
    events: list[str]


def run_command_lines(command: str, lines: list[list[str]], folder: Path) -> list[Result]:
    """Calls an installed command's entry point for each command line.

    Args:
        command: The command's name.
        lines: The words of each command line after the command's name.
        folder: The working directory.
    """
    (entry_point,) = entry_points(group="console_scripts", name=command)
    return run_entry_point(entry_point.value, [[command, *line] for line in lines], folder)


def run_entry_point(entry_point: str, lines: list[list[str]], folder: Path) -> list[Result]:
    """As `run_command_lines`, for a function MODULE:FUNCTION and whole command lines."""
    results = folder / "results.jsonl"
    domain = ReservedDomain()
    done = subprocess.run(
        [sys.executable, guarded_commands.__file__, entry_point, results],
        input=json.dumps(lines),
        cwd=folder,
        env={**os.environ, "ROS_DOMAIN_ID": str(domain.domain_id)},
        capture_output=True,
        text=True,
        timeout=100,
    )
    domain.release()
    assert done.returncode == 0, done.stderr
    return [Result(**json.loads(line)) for line in results.read_text().splitlines()]


def ros_parameters(**parameters: object) -> list[str]:
    """The words of a command line that set a node's parameters."""
    words = ["--ros-args"]
    for name, value in parameters.items():
        words += ["-p", f"{name}:={value}"]
    return words
