"""What docs/own_task.md says is what there is, and its example is sound and learns."""

import re
import threading
from pathlib import Path

import pytest

from arm_sim.robot.robot import Robot
from arm_trainer.actions.registry import ACTIONS
from arm_trainer.cli.check_task import run_check
from arm_trainer.cli.train import run_training
from arm_trainer.tasks.object_terms import OBJECT_TERMS
from arm_trainer.tasks.observation_terms import TERMS

DOCS = Path(__file__).parents[5] / "docs"
GUIDE = (DOCS / "own_task.md").read_text(encoding="utf-8")
EXAMPLE = DOCS / "examples/knock_over.py"
TASK = f"{EXAMPLE}:KnockOver"


def code(text: str) -> list[str]:
    """The lines without indentation, which ruff takes from the guide's parts."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def test_the_parts_in_the_guide_are_the_whole_example() -> None:
    parts = re.findall(r"^```python\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    assert code("".join(parts)) == code(EXAMPLE.read_text())


def test_the_example_is_short() -> None:
    lines = len(EXAMPLE.read_text().splitlines())
    assert lines <= 85
    assert f"{lines} lines" in " ".join(GUIDE.split())


def test_the_table_has_every_observation_term(robot: Robot) -> None:
    expected = [
        (f"`{name}`", len(term.columns(robot)), term.scale, term.of_goal)
        for name, term in TERMS.items()
    ] + [
        (f"`{name}/OBJECT`", len(columns), scale, of_goal)
        for name, (columns, scale, of_goal, _) in OBJECT_TERMS.items()
    ]
    rows = re.findall(r"^\| (`[\w/]+`) \| (\d+) \| ([\d.]+) \| (yes|) \| (.+) \|$", GUIDE, re.M)
    there = [(name, int(n), float(factor), goal == "yes") for name, n, factor, goal, _ in rows]
    assert there == expected


def test_the_table_has_every_action() -> None:
    (table,) = re.findall(r"^\| `action` \|.*?\n\n", GUIDE, re.MULTILINE | re.DOTALL)
    assert sorted(re.findall(r"^\| `(\w+)`", table, re.MULTILINE)[1:]) == sorted(ACTIONS.names)


def test_the_check_finds_nothing_wrong_with_the_example_and_prints_what_the_guide_shows(
    forgotten: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_check([TASK])
    printed = capsys.readouterr().out.replace(str(EXAMPLE), "docs/examples/knock_over.py")
    assert "warning  " not in printed and "error  " not in printed
    shown = re.findall(r"^\$ ./arm check_task .*?\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
    assert _without_numbers(shown[0]) == _without_numbers(printed)


@pytest.mark.slow
def test_the_example_learns(forgotten: None, tmp_path: Path) -> None:
    options = ["--sim=in-process", f"--steps={STEPS}", f"--log-dir={tmp_path}"]
    result = run_training([f"--task={TASK}", *options], threading.Event())
    assert result is not None and result.judgement is not None
    assert result.judgement.in_a_row.rate > 0.9


STEPS = re.findall(r"--task docs/examples/knock_over.py:KnockOver --steps (\d+)", GUIDE)[0]


def _without_numbers(text: str) -> list[str]:
    return re.sub(r"\d[\d.]*", "…", text).splitlines()
