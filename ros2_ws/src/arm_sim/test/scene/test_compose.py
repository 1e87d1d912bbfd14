"""A scene is the robot of the file, unchanged in what it is, with surroundings and a target."""

import hashlib
from pathlib import Path

import mujoco
import numpy as np
import pytest

from arm_sim.common.errors import UserError
from arm_sim.robot_description.arms import choose_arm
from arm_sim.robot_description.frames import base_frame, tool_frame
from arm_sim.scene.loader import LoadedScene, load_scene
from support.awkward_arms import write_mimic_arm, write_tendon_arm
from support.primitive_arms import FINGERS, JOINTS, chain, fingers, mjcf, servos, write_mjcf

SITE = '<site name="tcp" pos="0.01 0.02 0.15"/>'
ARM = mjcf(chain(end=SITE + fingers()), servos(*JOINTS, *FINGERS))
OPTION = '<option timestep="0.005" integrator="implicitfast"/>'


def load(folder: Path, text: str, scene: str = "") -> LoadedScene:
    return load_scene(write_mjcf(folder, text, scene))


def frames(model: mujoco.MjModel, postures: np.ndarray, site: str) -> np.ndarray:
    """(K, 4, 4) poses of a site in the world frame, the arm's joints at postures (K, 6)."""
    data, found = mujoco.MjData(model), np.tile(np.eye(4), (len(postures), 1, 1))
    addresses = [model.joint(name).qposadr[0] for name in JOINTS]
    for pose, posture in zip(found, postures, strict=True):
        data.qpos[addresses] = posture
        mujoco.mj_kinematics(model, data)
        pose[:3, :3] = data.site(site).xmat.reshape(3, 3)
        pose[:3, 3] = data.site(site).xpos
    return found


@pytest.mark.parametrize("exact", ["", "exact: true"])
@pytest.mark.parametrize(
    "base",
    [
        pytest.param("", id="at the origin"),
        pytest.param('pos="0.5 -0.2 0.7"', id="shifted"),
        pytest.param('pos="-1 1 0" euler="0 0 2.1"', id="turned"),
        pytest.param('pos="1 0 1" euler="0.4 -0.3 2"', id="tilted"),
        pytest.param('pos="0 0 2" euler="3.14159265 0 0.3"', id="upside down"),
    ],
)
def test_forward_kinematics_are_the_files_in_the_base_frame(
    tmp_path: Path, base: str, exact: str
) -> None:
    text = mjcf(chain(end=SITE + fingers()), servos(*JOINTS, *FINGERS), base=base)
    scene, file = load(tmp_path, text, exact), mujoco.MjModel.from_xml_string(text)
    _, pose = base_frame(file, choose_arm(file))
    postures = np.random.default_rng(0).uniform(-2.5, 2.5, (100, 6))
    expected = np.linalg.inv(pose) @ frames(file, postures, "tcp")
    found = frames(scene.robot.model, postures, "tcp")
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)
    assert scene.robot.tool_frame == tool_frame(file, choose_arm(file)).name == "tcp"


def test_angles_in_degrees_and_orders_of_axes_stay_the_files(tmp_path: Path) -> None:
    text = write_tendon_arm(tmp_path).read_text()
    file, scene = mujoco.MjModel.from_xml_string(text), load_scene(str(tmp_path / "tendon_arm.xml"))
    whole, left = mujoco.MjData(file), mujoco.MjData(scene.robot.model)
    rng, names = np.random.default_rng(1), [f"j{i}" for i in range(1, 7)]
    turn = np.radians(120)
    to_base = np.array(
        [[np.cos(turn), np.sin(turn), 0], [-np.sin(turn), np.cos(turn), 0], [0, 0, 1]]
    )
    for _ in range(50):
        for name in names:
            angle = rng.uniform(-1.5, 1.5)
            whole.qpos[file.joint(name).qposadr[0]] = angle
            left.qpos[scene.robot.model.joint(name).qposadr[0]] = angle
        mujoco.mj_kinematics(file, whole)
        mujoco.mj_kinematics(scene.robot.model, left)
        for body in ("fore", "palm", "finger_a", "finger_b"):
            expected = to_base @ (whole.body(body).xpos - [0.4, -0.3, 0.2])
            np.testing.assert_allclose(left.body(body).xpos, expected, rtol=0, atol=1e-9)


OPTIONS = {
    "gravity": ('gravity="0 0 -3.7"', lambda o: o.gravity.tolist() == [0, 0, -3.7]),
    "a medium": ('density="1.2" viscosity="2e-5" wind="1 0 0"', lambda o: o.density == 1.2),
    "the solver": (
        'cone="elliptic" impratio="7" iterations="33" tolerance="1e-7" solver="CG"',
        lambda o: (o.cone, o.impratio, o.iterations, o.solver) == (1, 7, 33, 1),
    ),
}


@pytest.mark.parametrize(("option", "kept"), OPTIONS.values(), ids=OPTIONS)
def test_options_of_the_file_are_kept(tmp_path: Path, option: str, kept: object) -> None:
    text = ARM.replace(OPTION, f'<option timestep="0.005" {option}/>')
    assert kept(load(tmp_path, text).robot.model.opt)


def test_flags_of_the_file_are_kept(tmp_path: Path) -> None:
    flagged = f'{OPTION[:-2]}><flag gravity="disable" energy="enable"/></option>'
    option = load(tmp_path, ARM.replace(OPTION, flagged)).robot.model.opt
    assert option.disableflags & mujoco.mjtDisableBit.mjDSBL_GRAVITY
    assert option.enableflags & mujoco.mjtEnableBit.mjENBL_ENERGY


@pytest.mark.parametrize(
    "compiler",
    [
        'inertiafromgeom="true"',
        'boundmass="0.3" boundinertia="0.02"',
        'settotalmass="20"',
        'balanceinertia="true" discardvisual="false"',
        'fusestatic="false"',
    ],
)
def test_masses_and_limits_are_the_files(tmp_path: Path, compiler: str) -> None:
    text = ARM.replace('autolimits="true"', f'autolimits="true" {compiler}')
    file, model = mujoco.MjModel.from_xml_string(text), load(tmp_path, text).robot.model
    for i in range(1, file.nbody):
        body = model.body(file.body(i).name)
        np.testing.assert_allclose(body.mass, file.body(i).mass, rtol=1e-12)
        np.testing.assert_allclose(body.inertia, file.body(i).inertia, rtol=1e-9)
    for i in range(file.njnt):
        joint = model.joint(file.joint(i).name)
        assert joint.limited == file.joint(i).limited
        np.testing.assert_array_equal(joint.range, file.joint(i).range)


def test_defaults_of_the_file_are_its_own(tmp_path: Path) -> None:
    defaults = '<geom contype="1" conaffinity="2" rgba="0 0 1 1" friction="0.3"/>'
    text = ARM.replace('<geom contype="1" conaffinity="2"/>', defaults)
    robot = load(
        tmp_path, text, "exact: true\nboxes: {shelf: {centre: [1, 0, 0], size: [1, 1, 1]}}"
    ).robot
    assert robot.model.geom("shelf").friction[0] == 0.8
    link = robot.model.geom(robot.model.body("link_2").geomadr[0])
    assert (link.friction[0], link.rgba.tolist()) == (0.3, [0, 0, 1, 1])


def test_meshes_in_a_folder_of_their_own_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "block.obj").write_text(
        "v 0 0 0\nv .1 0 0\nv 0 .1 0\nv 0 0 .1\nf 1 3 2\nf 1 2 4\nf 2 3 4\nf 3 1 4\n"
    )
    text = ARM.replace("autolimits", 'meshdir="parts" autolimits').replace(
        "<worldbody>", '<asset><mesh name="block" file="block.obj"/></asset><worldbody>'
    )
    text = text.replace(SITE, SITE + '<geom type="mesh" mesh="block" mass="0.1"/>')
    monkeypatch.chdir("/")
    assert load(tmp_path, text).robot.model.nmesh == 1


def contents(folder: Path) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


@pytest.mark.parametrize("write", [write_tendon_arm, write_mimic_arm])
def test_nothing_is_written_beside_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: object
) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "robots").mkdir()
    monkeypatch.setenv("ROS_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path / "robots")
    file = write(tmp_path / "robots")
    before = contents(tmp_path / "robots")
    load_scene(str(file))
    assert contents(tmp_path / "robots") == before


def test_the_scene_has_one_light_of_its_own(tmp_path: Path) -> None:
    lights = '<light name="lamp" pos="0 0 3"/><light pos="1 0 3" castshadow="true"/>'
    model = load(tmp_path, ARM.replace("<worldbody>", "<worldbody>" + lights)).robot.model
    assert [model.light(i).name for i in range(model.nlight)] == ["scene_sun"]
    assert not model.light_castshadow.any()


@pytest.mark.parametrize(
    ("plane", "planes"),
    [("", ["scene_floor"]), ('<geom name="ground" type="plane" size="1 1 1"/>', ["ground"])],
)
def test_there_is_one_floor(tmp_path: Path, plane: str, planes: list[str]) -> None:
    model = load(tmp_path, ARM.replace("<worldbody>", "<worldbody>" + plane)).robot.model
    found = np.flatnonzero(model.geom_type == mujoco.mjtGeom.mjGEOM_PLANE.value)
    assert [model.geom(i).name for i in found] == planes
    (tmp_path / "without").mkdir()
    bare = load(tmp_path / "without", ARM, "floor: none").robot.model
    assert not (bare.geom_type == mujoco.mjtGeom.mjGEOM_PLANE.value).any()


def test_the_goal_is_no_joint_and_stays_where_it_is_put(tmp_path: Path) -> None:
    robot = load(tmp_path, ARM).robot
    model, data = robot.model, mujoco.MjData(robot.model)
    assert model.njnt == model.nq == model.nv == len(robot.joint_names) == 8
    assert model.nmocap == 1
    mujoco.mj_forward(model, data)
    np.testing.assert_array_equal(data.body("target").xpos, robot.workspace.mean(axis=0))
    data.mocap_pos[0] = 0.0
    mujoco.mj_step(model, data, nstep=200)
    np.testing.assert_array_equal(data.body("target").xpos, 0.0)  # Amid the base, untouched.


# Names that the scene gives as well, and what becomes of them.
TARGET_BODY = '<body name="target" pos="1 0 0.2"><geom name="table" size="0.1"/></body>'
POSE = "{position: [1, 0, 0], right: [0, 1, 0], up: [0, 0, 1]}"
EYE = '<camera name="front_camera" pos="1 0 1" xyaxes="0 1 0 -1 0 1"/>'


def test_a_body_called_target_keeps_its_name(tmp_path: Path) -> None:
    model = load(tmp_path, ARM.replace("<worldbody>", "<worldbody>" + TARGET_BODY)).robot.model
    assert model.body_mocapid[model.body("target").id] == -1
    assert model.body_mocapid[model.body("scene_target").id] == 0


def test_a_camera_called_front_camera_goes_before_the_scenes(tmp_path: Path) -> None:
    robot = load(tmp_path, ARM.replace("<worldbody>", "<worldbody>" + EYE)).robot
    assert sorted(robot.cameras) == ["front_camera", "side_camera", "top_camera"]
    np.testing.assert_allclose(robot.model.camera("front_camera").pos, [1, 0, 1])


@pytest.mark.parametrize(
    ("world", "scene", "name"),
    [
        (TARGET_BODY, "boxes: {table: {centre: [1, 0, 0], size: [1, 1, 1]}}", "table"),
        ('<geom name="scene_floor" size="0.1"/>', "", "scene_floor"),
        (EYE, f"scene_cameras: {{front_camera: {POSE}}}",
         "front_camera"),
    ],
)  # fmt: skip
def test_other_names_that_collide_are_one_sentence(
    tmp_path: Path, world: str, scene: str, name: str
) -> None:
    text = ARM.replace("<worldbody>", "<worldbody>" + world)
    with pytest.raises(UserError) as caught:
        load(tmp_path, text, scene)
    message = str(caught.value)
    assert message.startswith("my_arm: The scene can't be built: ")
    assert name in message and "\n" not in message
