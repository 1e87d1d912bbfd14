"""What docs/any_arm.md says of scene YAMLs is what there is."""

import re
from pathlib import Path

import numpy as np
import yaml

from arm_sim.common.config import build
from arm_sim.robot.scene_settings import SceneSettings
from arm_sim.scene.loader import load_robot, load_scene
from arm_sim.validation.report import check_robot

GUIDE = (Path(__file__).parents[5] / "docs" / "any_arm.md").read_text(encoding="utf-8")
# Not for new files.
FORMER_KEYS = {"target_joints"}

# An arm as others describe it: no actuators, no velocity limits, no target.
VENDOR_ARM = """
<mujoco>
  <compiler angle="radian"/>
  <default><default class="vendor"><joint damping="1" armature="0.1"/></default></default>
  <worldbody>
    <body name="base_link" childclass="vendor">
      <body name="pan" pos="0 0 0.2" gravcomp="1">
        <joint name="joint_1" axis="0 0 1" range="-3 3"/>
        <geom type="sphere" size="0.06" mass="4" contype="0" conaffinity="0"/>
        <body name="upper_arm" gravcomp="1">
          <joint name="joint_2" axis="0 1 0" range="-3 0.3"/>
          <geom type="capsule" size="0.05" fromto="0 0 0 0.4 0 0" mass="4"/>
          <body name="forearm" pos="0.4 0 0" gravcomp="1">
            <joint name="joint_3" axis="0 1 0" range="-0.1 2.8"/>
            <geom type="capsule" size="0.04" fromto="0 0 0 0.4 0 0" mass="2"/>
            <body name="wrist_1" pos="0.4 0 0" gravcomp="1">
              <joint name="joint_4" axis="0 1 0" range="-3 3"/>
              <geom type="sphere" size="0.04" mass="1"/>
              <body name="wrist_2" pos="0 0 -0.1" gravcomp="1">
                <joint name="joint_5" axis="0 0 1" range="-3 3"/>
                <geom type="sphere" size="0.04" mass="1"/>
                <body name="wrist_3" pos="0 0.1 0" gravcomp="1">
                  <joint name="joint_6" axis="0 1 0" range="-3 3"/>
                  <geom type="sphere" size="0.03" mass="0.3"/>
                  <site name="flange" pos="0 0.05 0"/>
                </body>
              </body>
            </body>
          </body>
        </body>
      </body>
    </body>
  </worldbody>
</mujoco>
"""


def test_the_guide_explains_every_key() -> None:
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", GUIDE, re.MULTILINE)
    keys = set(re.findall(r"\w+", " ".join(rows)))
    known = set(SceneSettings.__dataclass_fields__)
    assert keys <= known
    assert known - keys == FORMER_KEYS


def test_the_table_in_the_guide_is_one() -> None:
    (text,) = re.findall(r"`(table_top: \{.*?\}) *`", GUIDE)
    settings = build(SceneSettings, {"boxes": yaml.safe_load(text)}, "the guide")
    assert list(settings.boxes) == ["table_top"]


def test_an_arm_as_others_describe_it_can_be_used(tmp_path: Path) -> None:
    file = tmp_path / "vendor_arm.xml"
    file.write_text(VENDOR_ARM, encoding="utf-8")
    report = check_robot(str(file))
    assert [finding for finding in report.findings if finding.level != "fine"] == []
    robot = load_robot(str(file))
    assert robot.command_joints == tuple(f"joint_{i}" for i in range(1, 7))
    assert (robot.tool_frame, robot.base_frame) == ("flange", "base_link")
    np.testing.assert_array_equal(robot.velocity_limits[robot.arm], 2.0)
    notes = " ".join(load_scene(str(file)).notes)
    assert "6 joints without an actuator get position servos" in notes
    assert "No velocity limits in the file for 6 joints" in notes
