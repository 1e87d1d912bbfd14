"""Settings written as YAML are read back as they were."""

import dataclasses
from pathlib import Path

import pytest
import yaml

from arm_sim.common.config import build
from arm_sim.robot.scene_settings import SceneSettings, read_scene_settings
from arm_sim.scene.loader import load_scene
from arm_sim.scene.yaml_text import scene_yaml
from support.awkward_arms import write_mimic_arm, write_tendon_arm

ODD = {
    "arm": "it's: a #name",
    "home": [0.1 + 0.2, 1e-17, -0.0, 1.0],
    "tool_site": {"body": "hand", "position": [0.1, 1 / 3, 0]},
    "floor": "none",
    "boxes": {"yes": {"centre": [0, 0, 0], "size": [1, 1, 1]}},
    "velocity_limits": {"null": 0.1, "1": 1e-9},
}


@pytest.mark.parametrize(
    "model", ["fetch_arm", "six_axis_arm", "seven_axis_arm", "tendon", "mimic"]
)
def test_a_derived_scene_is_read_back(tmp_path: Path, model: str) -> None:
    write = {"tendon": write_tendon_arm, "mimic": write_mimic_arm}.get(model)
    name = str(write(tmp_path)) if write else model
    scene = load_scene(name)
    (tmp_path / "scene.yaml").write_text(scene_yaml(scene.settings, "a file"), encoding="utf-8")
    assert read_scene_settings(tmp_path / "scene.yaml") == scene.settings
    again = load_scene(name, str(tmp_path / "scene.yaml"))
    assert again.settings == scene.settings
    assert again.robot.kinematics_hash == scene.robot.kinematics_hash


def test_all_digits_and_odd_names_are_kept(tmp_path: Path) -> None:
    settings = build(SceneSettings, ODD, "test")
    (tmp_path / "scene.yaml").write_text(scene_yaml(settings, "a file"), encoding="utf-8")
    assert read_scene_settings(tmp_path / "scene.yaml") == settings


def test_every_key_has_a_comment_and_a_line_or_its_own_lines() -> None:
    lines = scene_yaml(load_scene("fetch_arm").settings, "fetch_arm.xml").splitlines()
    assert "fetch_arm.xml" in lines[0]
    fields = {field.name for field in dataclasses.fields(SceneSettings)}
    keys = [number for number, line in enumerate(lines) if line.partition(":")[0] in fields]
    assert all(lines[number - 1].startswith("# ") for number in keys)
    written = {lines[number].partition(":")[0] for number in keys}
    assert fields - written == {"arm", "target_joints"}
    assert all(line.count("{") == line.count("}") for line in lines)  # None goes on below.


def test_what_is_left_out_is_not_written() -> None:
    text = scene_yaml(SceneSettings(), "a file")
    assert yaml.safe_load(text) == {"exact": False, "boxes": {}, "objects": {}}
