"""Hostile policy bundles are refused in one sentence, and nothing in them is executed.

`controller_node` and `evaluate` get all bundles in one process each, which calls the command's
entry point for every bundle under an audit hook; and one bundle in a process of the command's own.
"""

import pickle
import shutil
from pathlib import Path

import pytest

from support.command_lines import Result, ros_parameters, run_command_lines, run_entry_point
from support.hostile_bundles import CASES, Case, Hostile, another_robot, pickled_network
from support.processes import Start

COMMANDS = ("controller_node", "evaluate")


def arguments(command: str, bundle: Path) -> list[str]:
    return ros_parameters(policy=bundle) if command == "controller_node" else [str(bundle)]


@pytest.fixture(scope="module")
def refusals(
    bundle: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[tuple[str, Case], Result]:
    """What each command did with each bundle."""
    found: dict[tuple[str, Case], Result] = {}
    for command in COMMANDS:
        folder = tmp_path_factory.mktemp(command)
        lines = []
        for spoil in (another_robot, *CASES):  # The first one gets furthest, and warms up.
            hostile = folder / spoil.__name__
            shutil.copytree(bundle, hostile, dirs_exist_ok=True)
            spoil(hostile, folder / "canary")
            lines.append(arguments(command, hostile))
        _, *results = run_command_lines(command, lines, folder)
        found |= {(command, case): result for case, result in zip(CASES, results, strict=True)}
        assert not (folder / "canary").exists()
    return found


def assert_refused(command: str, code: int, output: str, sentence: str) -> None:
    assert code == 2, output
    # ONNX Runtime writes on stderr by itself when it fails to allocate memory.
    (line,) = [row for row in output.splitlines() if row.startswith(f"{command}: ")]
    assert "Traceback" not in output
    assert sentence in line
    assert len(line) < 1000


@pytest.mark.parametrize("spoil", CASES, ids=lambda spoil: spoil.__name__)
@pytest.mark.parametrize("command", COMMANDS)
def test_it_is_refused_in_a_sentence(
    refusals: dict[tuple[str, Case], Result], command: str, spoil: Case
) -> None:
    result = refusals[command, spoil]
    assert_refused(command, result.code, result.output, CASES[spoil])
    assert result.events == []


@pytest.mark.parametrize("command", COMMANDS)
def test_the_installed_command_refuses_it_too(
    start: Start, bundle: Path, tmp_path: Path, command: str
) -> None:
    hostile = shutil.copytree(bundle, tmp_path / "hostile")
    pickled_network(hostile, tmp_path / "canary")
    process = start(command, *arguments(command, hostile))
    code = process.wait(60)
    assert_refused(command, code, process.output, CASES[pickled_network])
    assert not (tmp_path / "canary").exists()


def test_the_canary_would_sing(tmp_path: Path) -> None:
    """If a command unpickled a bundle, both the canary and the audit hook would show it."""
    (tmp_path / "pickle").write_bytes(pickle.dumps(Hostile(tmp_path / "canary")))
    unpickle = ["unpickle", str(tmp_path / "pickle")]
    (result,) = run_entry_point("guarded_commands:unpickle", [unpickle], tmp_path)
    assert (tmp_path / "canary").exists()
    found, opened = result.events
    assert found.startswith("pickle.find_class") and opened.startswith("open ")


def test_a_path_that_is_no_path_is_refused(start: Start) -> None:
    process = start("evaluate", "x" * 5000)
    assert process.wait(60) == 2
    assert "There is no xxx" in process.output
    assert "Traceback" not in process.output
