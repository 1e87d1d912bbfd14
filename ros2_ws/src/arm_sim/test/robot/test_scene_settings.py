"""A scene YAML of wrong keys or types is one sentence that names what is valid."""

import dataclasses
from pathlib import Path

import pytest

from arm_sim.common.errors import UserError
from arm_sim.robot.files import model_file
from arm_sim.robot.scene_settings import SceneSettings, read_scene_settings, scene_file

KEYS = ", ".join(field.name for field in dataclasses.fields(SceneSettings))
CAMERA = "front: {position: [1, 0, 1], right: [0, 1, 0]"


def read(folder: Path, text: str) -> SceneSettings:
    (folder / "scene.yaml").write_text(text, encoding="utf-8")
    return read_scene_settings(folder / "scene.yaml")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("home: [.nan, 0]", "'home.0' is nan: Input should be a finite"),
        ("home: [0, .inf]", "'home.1' is inf: Input should be a finite"),
        ("home: [zero]", "'home.0' is 'zero': Input should be a"),
        ("home: straight", "'home' is 'straight': Input should be a valid list"),
        ("gravity: 9.8", f"unknown key 'gravity' (valid: {KEYS})"),
        ("arm_joints: []", "'arm_joints' is []: List should have at least 1 item"),
        ("workspace: {lower: [0, 0, 0]}", "key 'workspace.upper' is missing"),
        ("workspace: {middle: 1}", "'workspace.middle' (valid: lower, upper)"),
        ("workspace: {lower: [0, 0, 0], upper: [1, 1]}", "'workspace.upper"),
        ("workspace: {lower: [.nan, 0, 0], upper: [1, 1, 1]}", "'workspace.lower.0' is nan"),
        ("velocity_limits: {pan: 0}", "'velocity_limits.pan' is 0: Input should be greater than 0"),
        ("velocity_limits: {pan: -1}", "'velocity_limits.pan' is -1"),
        ("velocity_limits: {pan: .nan}", "'velocity_limits.pan' is nan"),
        ("velocity_limits: {pan: .inf}", "'velocity_limits.pan' is inf"),
        ("acceleration_limits: {pan: -1}", "'acceleration_limits.pan' is -1"),
        ("acceleration_limits: {pan: .inf}", "'acceleration_limits.pan' is inf"),
        ("position_limits: {pan: [0]}", "'position_limits.pan"),
        ("rotor_inertia: {pan: -1}", "'rotor_inertia.pan' is -1"),
        ("timestep: 0", "'timestep' is 0: Input should be greater than 0"),
        ("target_radius: -1", "'target_radius' is -1"),
        ("tool_floor: .nan", "'tool_floor' is nan: Input should be a finite number"),
        ("tool_floor: deep", "'tool_floor' is 'deep': Input should be a valid number"),
        ("tool_floor: deep", "'tool_floor' is 'deep': Input should be 'none'"),
        ("tool_site: {body: hand}", "key 'tool_site.position' is missing"),
        ("tool_site: {body: hand, x: 1}", "unknown key 'tool_site.x' (valid: body, position)"),
        ("boxes: {table: {centre: [0, 0, 0]}}", "key 'boxes.table.size' is missing"),
        ("boxes: {size: {color: 1}}", "'boxes.size.color' (valid: centre, size, colour)"),
        (f"scene_cameras: {{{CAMERA}}}}}", "key 'scene_cameras.front.up' is missing"),
        (
            f"scene_cameras: {{{CAMERA}, up: [0, 0, 1], field_of_view: 180}}}}",
            "field_of_view' is 180",
        ),
        ("home: [", "scene.yaml is not YAML"),
        ("- home", "must hold 'key: value' lines, not a list"),
    ],
)
def test_a_wrong_yaml_is_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(UserError) as caught:
        read(tmp_path, text)
    assert sentence in str(caught.value)
    assert "scene.yaml" in str(caught.value) and "\n" not in str(caught.value)


def test_every_key_may_be_left_out(tmp_path: Path) -> None:
    assert read(tmp_path, "") == SceneSettings()
    assert read_scene_settings(tmp_path / "absent.yaml") == SceneSettings()


def test_none_is_a_value_and_not_a_gap(tmp_path: Path) -> None:
    given = read(tmp_path, "floor: none\ntool_floor: none\ntool_site: none")
    assert (given.floor, given.tool_floor, given.tool_site) == ("none", "none", "none")


def test_the_scene_of_a_model_is_the_named_file_else_the_one_beside_it(tmp_path: Path) -> None:
    fetch = model_file("fetch_arm")
    assert scene_file(fetch, "") == fetch.with_suffix(".yaml")
    (tmp_path / "other.yaml").touch()
    assert scene_file(fetch, str(tmp_path / "other.yaml")) == tmp_path / "other.yaml"
    with pytest.raises(UserError, match=r"There is no scene file .*absent\.yaml"):
        scene_file(fetch, str(tmp_path / "absent.yaml"))
