"""Fixtures that the tests of this package share."""

from collections.abc import Callable
from pathlib import Path

import pytest

from arm_sim.robot.files import model_file
from support.package_fixtures import built_in_robot, own_ros_home, software_rendering  # noqa: F401

Changes = dict[str, str]


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
