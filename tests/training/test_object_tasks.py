"""The documented command for a task with objects leads to a policy that does it."""

import json
import subprocess
from pathlib import Path

import pytest

from arm_trainer.evaluation.judgement import IN_A_ROW
from support.processes import executable


@pytest.mark.slow
def test_a_cube_is_lifted_to_goal_after_goal(tmp_path: Path) -> None:
    command = [executable("train"), "--task", "lift", "--log-dir", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1800)
    assert done.returncode == 0, done.stdout + done.stderr
    (run,) = (tmp_path / "fetch_arm").iterdir()
    assert json.loads((run / "summary.json").read_text())[IN_A_ROW] >= 0.98
