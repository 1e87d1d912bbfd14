"""Fixtures that the tests of this package share."""

from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest

from arm_sim.rendering.software_rendering import render_on_calling_thread
from arm_sim.robot.files import model_file
from arm_sim.robot.loader import load_robot
from arm_sim.robot.robot import Robot

# The same examples every time, at any speed of the machine.
hypothesis.settings.register_profile("repeatable", deadline=None, database=None, derandomize=True)
hypothesis.settings.load_profile("repeatable")

Changes = dict[str, str]


@pytest.fixture(autouse=True, scope="session")
def software_rendering() -> None:
    """Renders as the commands do."""
    render_on_calling_thread()


@pytest.fixture(scope="session")
def robot() -> Robot:
    """The built-in arm."""
    return load_robot()


@pytest.fixture
def write_arm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Copies the files of an arm, with some texts in them replaced; returns the copy's MJCF."""
    monkeypatch.chdir(tmp_path)  # MuJoCo writes its warnings to a file in the working directory.

    def write(model: str, xml: Changes | None = None, yaml: Changes | None = None) -> Path:
        source = model_file(model)
        for suffix, changes in ((".xml", xml or {}), (".yaml", yaml or {})):
            text = source.with_suffix(suffix).read_text(encoding="utf-8")
            for old, new in changes.items():
                assert old in text
                text = text.replace(old, new)
            (tmp_path / f"my_arm{suffix}").write_text(text, encoding="utf-8")
        return tmp_path / "my_arm.xml"

    return write
