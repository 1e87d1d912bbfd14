"""A robot is checked from its files to its motion; the built-in arms have no faults."""

from collections.abc import Callable
from pathlib import Path

import pytest

from arm_sim.common.errors import UserError
from arm_sim.scene.loader import load_scene
from arm_sim.validation.report import Report, check_robot

HOME = "[0.0, -1.3, 1.7, -1.9, 1.57, 0.0]"
EYE = '<camera name="eye" mode="track" pos="1 0 1" xyaxes="0 1 0 -1 0 1"/>'


@pytest.mark.parametrize("model", ["fetch_arm", "six_axis_arm", "seven_axis_arm"])
def test_the_built_in_arms_can_be_used(model: str) -> None:
    report = check_robot(model)
    assert report.usable and report.scene is load_scene(model)
    assert [finding.text for finding in report.findings if finding.level != "fine"] == []


@pytest.mark.parametrize(
    ("sentence", "xml", "yaml"),
    [
        ("my_arm.xml", {"</mujoco>": ""}, {}),
        ("unknown key 'speed'", {}, {"home:": "speed: 1\nhome:"}),
        ("home has 1 positions for 6 arm joints", {}, {HOME: "[0.0]"}),
    ],
)
def test_what_can_not_be_loaded_is_one_error(
    check: Callable[..., Report], sentence: str, xml: dict[str, str], yaml: dict[str, str]
) -> None:
    report = check(xml, yaml)
    (finding,) = report.findings
    assert finding.level == "error" and sentence in finding.text and "\n" not in finding.text
    assert not report.usable and report.scene is None


def test_what_becomes_no_urdf_is_an_error(texts: Callable[..., str]) -> None:
    xml = {"<worldbody>": "<worldbody>" + EYE}
    errors = texts("error", xml, {"tool_frame": "cameras: [eye]\ntool_frame"})
    assert "camera eye turns by itself, so it has no frame in a URDF" in errors


def test_notes_of_the_scene_come_first(check: Callable[..., Report]) -> None:
    report = check()
    assert report.scene is not None
    notes = [finding.text for finding in report.findings[: len(report.scene.notes)]]
    assert notes == list(report.scene.notes) and notes


def test_a_model_of_nothing_is_no_crash(tmp_path: Path) -> None:
    (tmp_path / "nothing.xml").write_text("<mujoco/>")
    (finding,) = check_robot(str(tmp_path / "nothing.xml")).findings
    assert "no joint that turns or slides" in finding.text


def test_no_file_at_all_is_the_users_mistake(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="There is no robot file"):
        check_robot(str(tmp_path / "absent.xml"))
    with pytest.raises(UserError, match="There is no scene file"):
        check_robot("six_axis_arm", str(tmp_path / "absent.yaml"))
