"""What a scene YAML leaves out is derived; what it gives goes before, and fits or is refused."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from arm_sim.common.errors import UserError
from arm_sim.robot.scene_settings import ToolSite
from arm_sim.scene.loader import LoadedScene, load_scene
from support.awkward_arms import write_mimic_arm, write_tendon_arm
from support.primitive_arms import FINGERS, JOINTS, chain, fingers, mjcf, servos, write_mjcf

ARM = mjcf(chain(end=fingers()), servos(*JOINTS, *FINGERS))
EYE = '<camera name="{name}" mode="{mode}" pos="1 0 1" xyaxes="0 1 0 -1 0 1" {more}/>'
# Prints what another process makes of a file.
PRINT = (
    "import sys; from arm_sim.scene.loader import load_scene; s = load_scene(sys.argv[1]); "
    "print(s.robot.kinematics_hash, s.settings, s.notes)"
)


def load(folder: Path, text: str = ARM, scene: str = "") -> LoadedScene:
    return load_scene(write_mjcf(folder, text, scene))


def test_settings_are_complete(tmp_path: Path) -> None:
    settings = load(tmp_path).settings
    assert [f for f in vars(settings) if getattr(settings, f) is None] == ["target_joints"]
    assert settings.arm_joints == list(JOINTS) and settings.gripper_joints == list(FINGERS)
    assert settings.tool_site == ToolSite(body="link_6", position=(0.0, 0.0, 0.15))
    assert settings.base_frame == "base" and settings.floor == 0.0


def test_each_given_key_goes_before_what_is_derived(tmp_path: Path) -> None:
    (tmp_path / "given").mkdir()
    scene = """
base_frame: stand
home: [0, 0.3, 1.0, 0, 0.9, 0]
velocity_limits: {joint_2: 0.7}
acceleration_limits: {joint_2: 3}
position_limits: {joint_1: [-1, 1.5]}
rotor_inertia: {joint_6: 0.3}
timestep: 0.0025
floor: -0.4
boxes: {shelf: {centre: [0.5, 0.5, 0], size: [0.1, 0.2, 0.3]}}
workspace: {lower: [0.3, -0.2, 0.3], upper: [0.5, 0.2, 0.6]}
tool_floor: 0.1
target_radius: 0.05
gripper_open: [0.03, 0.02]
scene_cameras: {eye: {position: [1, 0, 1], right: [0, 1, 0], up: [-1, 0, 1]}}
"""
    derived, given = load(tmp_path), load(tmp_path / "given", scene=scene)
    robot, model = given.robot, given.robot.model
    assert robot.base_frame == "stand"
    np.testing.assert_array_equal(robot.home[robot.arm], [0, 0.3, 1.0, 0, 0.9, 0])
    np.testing.assert_array_equal(robot.velocity_limits[robot.arm], [2, 0.7, 2, 2, 2, 2])
    assert robot.acceleration_limits[1] == 3 and robot.acceleration_limits[0] == 20
    assert (robot.lower[0], robot.upper[0]) == (-1, 1.5)
    assert model.joint("joint_6").armature[0] == 0.3
    assert model.opt.timestep == 0.0025
    assert model.geom("scene_floor").pos[2] == -0.4
    np.testing.assert_allclose(model.geom("shelf").size, [0.05, 0.1, 0.15])
    np.testing.assert_array_equal(robot.workspace, [[0.3, -0.2, 0.3], [0.5, 0.2, 0.6]])
    assert robot.tool_floor == 0.1
    np.testing.assert_array_equal(robot.gripper_open, [0.03, 0.02])
    assert robot.cameras == ("eye",)
    assert derived.robot.command_joints == robot.command_joints
    assert derived.robot.kinematics_hash != robot.kinematics_hash


def test_joints_that_turn_further_than_once_are_limited_to_one_turn(tmp_path: Path) -> None:
    wide = ARM.replace('axis="0 0 1" range="-2.5 2.5"', 'axis="0 0 1" range="-6.28 6.28"')
    scene = load(tmp_path, wide, "home: [1.0, 0.3, 1.0, 0, 0.9, 0]")
    robot = scene.robot
    limits = scene.settings.position_limits
    assert limits is not None and set(limits) == {"joint_1", "joint_4", "joint_6"}
    np.testing.assert_allclose([robot.lower[0], robot.upper[0]], [1 - np.pi, 1 + np.pi], atol=1e-4)
    np.testing.assert_allclose([robot.lower[3], robot.upper[3]], [-np.pi, np.pi], atol=1e-4)


def test_endless_joints_stay_endless(tmp_path: Path) -> None:
    endless = ARM.replace('axis="0 0 1" range="-2.5 2.5"', 'axis="0 0 1"')
    robot = load(tmp_path, endless.replace('inheritrange="1" ', "")).robot
    assert np.flatnonzero(robot.endless).tolist() == [0, 3, 5]


def test_own_cameras_that_can_be_published_follow_the_scenes(tmp_path: Path) -> None:
    kinds = [("wrist_eye", "fixed", ""), ("left-eye", "fixed", ""), ("chasing", "track", ""),
             ("flat", "fixed", 'projection="orthographic"')]  # fmt: skip
    cameras = "".join(EYE.format(name=name, mode=mode, more=more) for name, mode, more in kinds)
    robot = load(tmp_path, ARM.replace("<worldbody>", "<worldbody>" + cameras)).robot
    assert robot.cameras == ("front_camera", "side_camera", "top_camera", "wrist_eye")


def test_bodies_need_no_names(tmp_path: Path) -> None:
    text = ARM
    for i in range(1, 7):
        text = text.replace(f'body name="link_{i}"', "body")
    unnamed, named = load(tmp_path, text), load_scene(write_mjcf(tmp_path, ARM, name="named"))
    data = [scene.robot.workspace.tobytes() for scene in (unnamed, named)]
    assert data[0] == data[1]
    assert load_scene(write_mjcf(tmp_path, text, name="again")).robot.tool_frame == "tool"


@pytest.mark.parametrize(
    ("scene", "sentence"),
    [
        ("tool_frame: base", "tool_frame: base does not move with the arm."),
        ("timestep: 0.003", "The timestep, 0.003 s, does not divide the control period, 0.05 s"),
    ],
)
def test_what_does_not_fit_is_one_sentence(tmp_path: Path, scene: str, sentence: str) -> None:
    with pytest.raises(UserError) as caught:
        load(tmp_path, scene=scene)
    assert sentence in str(caught.value) and "\n" not in str(caught.value)


def test_a_tool_site_of_ones_own_is_added(tmp_path: Path) -> None:
    scene = "tool_frame: nozzle\ntool_site: {body: link_6, position: [0.1, 0, 0.2]}"
    robot = load(tmp_path, scene=scene).robot
    np.testing.assert_allclose(robot.model.site("nozzle").pos, [0.1, 0, 0.2])
    assert robot.tool_frame == "nozzle"


@pytest.mark.parametrize("write", [write_tendon_arm, write_mimic_arm])
def test_every_process_derives_the_same(tmp_path: Path, write: object) -> None:
    file = str(write(tmp_path))
    seen = set()
    for seed in ("0", "1"):
        command = [sys.executable, "-c", PRINT, file]
        home = str(tmp_path / f"home_{seed}")  # Without what the other has kept.
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=120, check=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "ROS_HOME": home},
        )  # fmt: skip
        seen.add(done.stdout)
    scene = load_scene(file)
    seen.add(f"{scene.robot.kinematics_hash} {scene.settings} {scene.notes}\n")
    assert len(seen) == 1


def test_a_tendon_driven_gripper_on_a_turned_base_is_understood(tmp_path: Path) -> None:
    scene = load_scene(str(write_tendon_arm(tmp_path)))
    robot = scene.robot
    assert robot.command_joints == ("j1", "j2", "j3", "j4", "j5", "j6", "f1")
    assert (robot.tool_frame, robot.base_frame) == ("tool", "pedestal")
    np.testing.assert_allclose([robot.gripper_closed, robot.gripper_open], [[0], [0.04]])
    assert scene.settings.followers == pytest.approx({"f2": 0.04}, abs=1e-3)
    assert robot.home[robot.joint_names.index("f2")] == pytest.approx(0.04, abs=1e-3)
    assert robot.endless.sum() == 1
    assert "6 motors replaced by position servos" in " ".join(scene.notes)


def test_a_urdf_with_a_mimic_finger_is_understood(tmp_path: Path) -> None:
    scene = load_scene(str(write_mimic_arm(tmp_path)))
    robot = scene.robot
    assert robot.command_joints == ("pan", "lift", "elbow", "flex", "roll", "left_finger")
    assert (robot.tool_frame, robot.base_frame) == ("tcp", "base_link")
    assert scene.settings.followers == pytest.approx({"right_finger": 0.03}, abs=1e-3)
    limits = robot.velocity_limits[robot.command_indices]
    np.testing.assert_array_equal(limits, [2.0, 2.0, 2.5, 3.0, 3.0, 0.1])
    assert robot.model.nmesh == 1
