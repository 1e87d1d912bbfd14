"""What docs/bring_your_own_arm.md tells people to write makes an arm that can be used."""

import re
from pathlib import Path

import numpy as np
import pytest

from arm_sim.robot.loader import load_robot
from arm_sim.robot.settings import RobotSettings
from arm_sim.validation.report import check_robot

GUIDE = Path(__file__).parents[5] / "docs" / "bring_your_own_arm.md"

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


def block(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    return found


@pytest.fixture
def my_arm(tmp_path: Path) -> Path:
    (tmp_path / "vendor_arm.xml").write_text(VENDOR_ARM, encoding="utf-8")
    (tmp_path / "my_arm.xml").write_text(block("xml"), encoding="utf-8")
    (tmp_path / "my_arm.yaml").write_text(block("yaml"), encoding="utf-8")
    return tmp_path / "my_arm.xml"


def test_the_files_in_the_guide_pass_every_check(my_arm: Path) -> None:
    findings = check_robot(str(my_arm)).findings
    assert [finding for finding in findings if finding.level != "fine"] == []


def test_an_included_arm_takes_the_velocity_limits_from_the_file_around_it(my_arm: Path) -> None:
    robot = load_robot(str(my_arm))
    np.testing.assert_array_equal(robot.velocity_limits[robot.arm], 2.0)


def test_the_guide_explains_every_key() -> None:
    keys = re.findall(r"^\| `(\w+)` \|", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(keys) == set(RobotSettings.__dataclass_fields__)
