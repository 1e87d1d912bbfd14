"""Robot files are found by name or path."""

from pathlib import Path

import pytest

from arm_sim.common.errors import UserError
from arm_sim.robot.files import model_file


def test_an_unknown_built_in_names_those_there_are() -> None:
    with pytest.raises(UserError, match=r"robot 'puma' \(valid: fetch_arm, .*, or a path"):
        model_file("puma")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no robot file .*my_arm\.xml"):
        model_file(str(tmp_path / "my_arm.xml"))
