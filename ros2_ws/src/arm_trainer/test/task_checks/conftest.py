"""A sound task in a file of its own, in which the tests break one thing at a time."""

from collections.abc import Callable
from pathlib import Path

import pytest

from arm_trainer.task_checks.report import Request, check_task
from arm_trainer.tasks.registry import TASKS

SOUND = """
import numpy as np
import pydantic
from arm_sim.common.config import settings
from arm_trainer.tasks.start import Start
from arm_trainer.tasks.task import Task, TaskConfig

@settings
class TouchReward:
    distance: float = -2.0
    success: float = 1.0

@settings
class TouchConfig(TaskConfig):
    tolerance: float = 0.08
    reward: TouchReward = TouchReward()

class Touch(Task):
    name = "touch"
    config_class = TouchConfig
    observation = ("target_from_tool", "object_from_tool/cube")

    @classmethod
    def scene_changes(cls, robot, config):
        cube = {"size": [0.05, 0.05, 0.05], "position": [0.7, 0.3, 0.625]}
        return {"objects": {"cube": cube}}

    def starts(self, random):
        lower, upper = self.robot.workspace
        while True:
            goal = random.uniform(lower + 0.1, upper - 0.1)
            yield Start(self.robot.home, goal, self.robot.object_home)

    def achieved(self, state):
        return self.distance(state) < self.config.tolerance

    def reward(self, state, actions, success):
        return {"distance": self.distance(state), "success": success.astype(float)}
"""


@pytest.fixture
def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forgets afterwards the tasks that a test has registered."""
    monkeypatch.setattr(TASKS, "_classes", dict(TASKS._classes))
    monkeypatch.setattr(TASKS, "_files", dict(TASKS._files))


@pytest.fixture
def check(tmp_path: Path, forgotten: None) -> Callable[..., dict[str, str]]:
    """Checks the sound task after some of its text is replaced.

    Returns the texts of the findings by level, a line each.
    """

    def run(*replaced: tuple[str, str], settings: str = "") -> dict[str, str]:
        text = SOUND
        for old, new in replaced:
            assert old in text
            text = text.replace(old, new)
        file, given = tmp_path / "touch_task.py", tmp_path / "settings.yaml"
        file.write_text(text)
        given.write_text(settings)
        findings = check_task(Request(f"{file}:Touch", settings=given))
        assert all("\n" not in finding.text for finding in findings)
        return {
            level: "\n".join(finding.text for finding in findings if finding.level == level)
            for level in ("fine", "warning", "error")
        }

    return run
