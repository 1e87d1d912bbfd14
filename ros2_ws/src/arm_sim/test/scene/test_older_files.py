"""Files made for earlier versions, with a target, cameras and a table in the MJCF, still work."""

from pathlib import Path

import mujoco
import numpy as np
import pytest

from arm_sim.robot.robot import Robot
from arm_sim.scene.loader import load_robot
from arm_sim.validation.report import check_robot
from support.primitive_arms import JOINTS, chain, mjcf, servos

WHOLE_FETCH = Path(__file__).parent / "models" / "whole_fetch_arm.xml"

# What docs/bring_your_own_arm.md told people to write around a vendor's arm.
MY_ARM = f"""
<mujoco model="my_arm">
  <option timestep="0.005" integrator="implicitfast"/>
  <default><joint user="1.5"/></default>
  <include file="vendor_arm.xml"/>
  <worldbody>
    <geom name="floor" type="plane" size="2 2 0.1"/>
    <light pos="0 0 3"/>
    <camera name="front_camera" pos="2 0 1" xyaxes="0 1 0 -0.35 0 0.94"/>
    <body name="target" gravcomp="1">
      <joint name="target_x" type="slide" axis="1 0 0" damping="10" range="-2 2"/>
      <joint name="target_y" type="slide" axis="0 1 0" damping="10" range="-2 2"/>
      <joint name="target_z" type="slide" axis="0 0 1" damping="10" range="-2 2"/>
      <geom type="sphere" size="0.03" mass="0.1" contype="0" conaffinity="0"/>
    </body>
  </worldbody>
  {servos(*JOINTS)}
</mujoco>
"""
MY_SETTINGS = """
arm_joints: [joint_1, joint_2, joint_3, joint_4, joint_5, joint_6]
target_joints: [target_x, target_y, target_z]
tool_frame: flange
base_frame: base_link
home: [0.0, 0.4, 1.0, 0.0, 0.9, 0.0]
cameras: [front_camera]
workspace:
  lower: [0.05, -0.40, 0.50]
  upper: [0.50, 0.40, 1.20]
"""
# The base is off the world's origin, whose frame earlier versions gave all positions in.
VENDOR_ARM = mjcf(chain(end='<site name="flange" pos="0 0 0.06"/>'), base='pos="-0.3 0.1 0.4"')


@pytest.fixture
def my_arm(tmp_path: Path) -> Path:
    (tmp_path / "vendor_arm.xml").write_text(VENDOR_ARM, encoding="utf-8")
    (tmp_path / "my_arm.xml").write_text(MY_ARM, encoding="utf-8")
    (tmp_path / "my_arm.yaml").write_text(MY_SETTINGS, encoding="utf-8")
    return tmp_path / "my_arm.xml"


def tools(model: mujoco.MjModel, site: str, postures: np.ndarray) -> np.ndarray:
    """(K, 3) positions of a site in the world frame, the first joints at postures (K, A)."""
    data, found = mujoco.MjData(model), np.empty((len(postures), 3))
    for i, posture in enumerate(postures):
        data.qpos[: len(posture)] = posture
        mujoco.mj_kinematics(model, data)
        found[i] = data.site(site).xpos
    return found


def test_the_files_of_the_former_guide_pass_every_check(my_arm: Path) -> None:
    findings = check_robot(str(my_arm)).findings
    assert [finding for finding in findings if finding.level != "fine"] == []


def test_positions_are_in_the_files_world_frame(my_arm: Path) -> None:
    robot = load_robot(str(my_arm))
    postures = np.random.default_rng(0).uniform(-2.5, 2.5, (50, 6))
    expected = tools(mujoco.MjModel.from_xml_path(str(my_arm)), "flange", postures)
    np.testing.assert_allclose(tools(robot.model, "flange", postures), expected, rtol=0, atol=1e-9)
    np.testing.assert_array_equal(robot.workspace, [[0.05, -0.4, 0.5], [0.5, 0.4, 1.2]])
    assert robot.base_frame == "base_link"


def test_an_included_arm_takes_the_velocity_limits_from_the_file_around_it(my_arm: Path) -> None:
    robot = load_robot(str(my_arm))
    np.testing.assert_array_equal(robot.velocity_limits[robot.arm], 1.5)


def test_a_target_in_the_file_gives_way_to_the_scenes(my_arm: Path) -> None:
    robot = load_robot(str(my_arm))
    assert robot.joint_names == JOINTS
    data = mujoco.MjData(robot.model)
    data.qpos[:] = robot.home
    mujoco.mj_kinematics(robot.model, data)
    np.testing.assert_allclose(data.body("target").xpos, robot.workspace.mean(axis=0), atol=1e-12)
    spheres = robot.model.geom_type == mujoco.mjtGeom.mjGEOM_SPHERE.value
    assert spheres.sum() == 1


def test_cameras_and_table_of_the_file_are_those_of_the_scene(robot: Robot) -> None:
    whole, file = load_robot(str(WHOLE_FETCH)), mujoco.MjModel.from_xml_path(str(WHOLE_FETCH))
    assert whole.cameras == robot.cameras
    seen, drawn = mujoco.MjData(whole.model), mujoco.MjData(file)
    for model, data in ((whole.model, seen), (file, drawn)):
        mujoco.mj_forward(model, data)
    for name in whole.cameras:
        np.testing.assert_allclose(seen.camera(name).xpos, drawn.camera(name).xpos, atol=1e-12)
        np.testing.assert_allclose(seen.camera(name).xmat, drawn.camera(name).xmat, atol=1e-12)
    np.testing.assert_allclose(seen.geom("table_top").xpos, drawn.geom("table_top").xpos)
    assert whole.joint_names == robot.joint_names
    np.testing.assert_array_equal(whole.home, robot.home)
    np.testing.assert_array_equal(whole.workspace, robot.workspace)
    assert whole.tool_floor == robot.tool_floor
