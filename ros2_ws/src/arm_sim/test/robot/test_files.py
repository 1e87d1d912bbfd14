"""Model files are found by name or path; one that can't be read is one sentence."""

from collections.abc import Callable
from pathlib import Path

import pytest

from arm_sim.common.errors import UserError
from arm_sim.robot.files import model_file, read_model


def test_an_unknown_built_in_names_those_there_are() -> None:
    with pytest.raises(UserError, match=r"robot 'puma' \(valid: fetch_arm, .*, or a path"):
        model_file("puma")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no model file .*my_arm\.xml"):
        model_file(str(tmp_path / "my_arm.xml"))


@pytest.mark.parametrize(("old", "new"), [("<worldbody>", "<body>"), ("</mujoco>", "")])
def test_what_mujoco_cannot_read_is_one_sentence(
    write_arm: Callable[..., Path], old: str, new: str
) -> None:
    with pytest.raises(UserError) as caught:
        read_model(write_arm("fetch_arm", {old: new}))
    assert "MuJoCo can't read" in str(caught.value)
    assert "\n" not in str(caught.value)
