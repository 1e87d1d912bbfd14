"""`check_task` prints a line for each finding, says by its exit code whether to go on, and how."""

import sys
from pathlib import Path

import pytest

from arm_trainer.cli import check_task
from arm_trainer.tasks.registry import TASKS

# What `python -m` would run, without a new process.
MAIN = check_task.main


def code(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["check_task", *arguments])
    monkeypatch.setattr(TASKS, "_classes", dict(TASKS._classes))
    monkeypatch.setattr(TASKS, "_files", dict(TASKS._files))
    with pytest.raises(SystemExit) as ended:
        MAIN()
    return int(str(ended.value.code))


def test_a_sound_task_exits_with_0_and_says_what_is_next(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert code(monkeypatch, "--model", "six_axis_arm", "reach") == 0
    *findings, summary, following = capsys.readouterr().out.splitlines()
    assert all(line.startswith("fine     ") for line in findings) and len(findings) > 8
    assert summary == "Errors: 0, warnings: 0. It can be trained."
    assert following == "Next: ./arm train --task reach --model six_axis_arm"


def test_a_broken_task_exits_with_1_and_says_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "bad.py").write_text("class Bad:\n    name = 'bad'\n    x = y\n")
    assert code(monkeypatch, f"{tmp_path / 'bad.py'}:Bad") == 1
    assert capsys.readouterr().out.splitlines() == [
        f"error    {tmp_path / 'bad.py'} can't be run: NameError: name 'y' is not defined",
        "Errors: 1, warnings: 0. It can not be trained.",
    ]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["fly"], "Unknown task 'fly' (valid: reach"),
        (["gone.py:Gone"], "There is no file"),
        (["reach", "--model", "no_arm"], "no_arm"),
        (["reach", "--settings", "gone.yaml"], "Can't read gone.yaml"),
        ([], "The following arguments are required: task (see --help)."),
    ],
)
def test_what_is_not_there_exits_with_2_and_one_sentence(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    sentence: str,
) -> None:
    assert code(monkeypatch, *arguments) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("check_task: ") and sentence in captured.err
    assert len(captured.err.splitlines()) == 1 and captured.out == ""
