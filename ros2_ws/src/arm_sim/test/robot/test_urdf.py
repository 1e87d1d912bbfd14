"""The URDF has every link, limit and mass where MuJoCo has it, as a client (yourdfpy) reads it."""

import io
from pathlib import Path

import mujoco
import numpy as np
import pytest
import trimesh
import yourdfpy

from arm_sim.common.errors import UserError
from arm_sim.robot.robot import Robot, load_robot
from arm_sim.robot.urdf import optical_frame, urdf

STATES = 1000

# What the Fetch arm does not have: anchors off the origin, bodies turned (also by exactly 90° about
# y, where roll and yaw are one), several hinges a body, references other than 0, a shifted tool and
# a camera that moves.
ODD_ARM = """
<mujoco>
  <compiler angle="degree" eulerseq="XYZ"/>
  <size nuser_jnt="1"/>
  <default><joint user="2" damping="0.5"/></default>
  <asset><material name="green" rgba="0.1 0.6 0.2 1"/></asset>
  <worldbody>
    <geom type="plane" size="1 1 0.1"/>
    <body pos="0 0.1 0.2" euler="30 90 -20">
      <geom type="box" size="0.1 0.2 0.3" pos="0.1 0 0" euler="10 20 30" material="green"/>
      <body name="shoulder" pos="0.1 -0.2 0.3" quat="0.3 -0.5 0.7 0.4">
        <joint name="swing" axis="1 2 -1" pos="0.1 0.2 -0.3" range="-100 120" ref="25"/>
        <joint name="stretch" type="slide" axis="0 1 3" pos="0.2 0 0" range="-0.2 0.4" ref="0.1"/>
        <joint name="twist" axis="0 -1 0.2" pos="-0.1 0 0.05" user="0"/>
        <geom type="capsule" size="0.04" fromto="0 0 0 0.2 0.1 0" rgba="1 0 0 0.5"/>
        <body name="hand" pos="0 0.3 0" euler="0 -90 0">
          <joint name="wrist" axis="0 0 1" pos="0 0.05 0"/>
          <joint name="slide" type="slide" axis="1 0 0" user="0"/>
          <geom type="cylinder" size="0.03 0.1" contype="0" conaffinity="0"/>
          <geom type="sphere" size="0.05" pos="0 0 0.1" group="3"/>
          <geom type="ellipsoid" size="0.05 0.02 0.01"/>
          <site name="hand" pos="0.02 0 0.1" euler="0 0 45"/>
          <camera name="hand_camera" pos="0.1 0 0" euler="10 -70 200"/>
        </body>
      </body>
    </body>
    <body name="target">
      <joint name="target_x" type="slide" axis="1 0 0" user="0"/>
      <joint name="target_y" type="slide" axis="0 1 0" user="0"/>
      <joint name="target_z" type="slide" axis="0 0 1" user="0" range="0 2"/>
      <geom type="sphere" size="0.02"/>
    </body>
  </worldbody>
  <actuator>
    <position joint="swing" forcerange="-30 20" gear="2"/>
    <position joint="wrist"/>
  </actuator>
</mujoco>
"""
ODD_SETTINGS = """
arm_joints: [swing, wrist]
target_joints: [target_x, target_y, target_z]
tool_frame: hand
base_frame: world
home: [0.0, 0.0]
cameras: [hand_camera]
workspace: {lower: [0, 0, 0], upper: [1, 1, 1]}
"""

# A body with corners at no symmetric place: (8, 3) and, counted from 1, (12, 3).
WEDGE = [(x, y, z * (1 + x)) for x in (0.1, 0.9) for y in (-0.2, 0.3) for z in (0.05, 0.4)]
WEDGE_FACES = [
    *((1, 2, 4), (1, 4, 3), (5, 7, 8), (5, 8, 6), (1, 5, 6), (1, 6, 2)),
    *((3, 4, 8), (3, 8, 7), (1, 3, 7), (1, 7, 5), (2, 6, 8), (2, 8, 4)),
]
MESH_ARM = """
<mujoco>
  <asset>
    <mesh name="wedge" file="wedge.obj"/>
    <mesh name="mirrored" file="wedge.obj" scale="0.5 -1 2"/>
    <mesh name="referred" file="ball.stl" refpos="0.1 0.2 0.3" refquat="0.3 -0.5 0.7 0.4"/>
    <mesh name="inline" vertex="0 0 0  0.3 0 0  0 0.2 0  0 0 0.1"/>
  </asset>
  <worldbody>
    <body name="shoulder" pos="0.1 -0.2 0.3" quat="0.3 -0.5 0.7 0.4">
      <joint name="swing" axis="1 2 -1" pos="0.1 0.2 -0.3" user="2"/>
      <geom type="mesh" mesh="wedge" pos="0.1 0.2 0.3" euler="10 20 30"/>
      <geom type="mesh" mesh="referred" contype="0" conaffinity="0"/>
      <body name="hand" pos="0 0.3 0" euler="0 -90 0">
        <joint name="wrist" axis="0 0 1" user="2"/>
        <geom type="mesh" mesh="mirrored" euler="-40 0 70"/>
        <geom type="mesh" mesh="inline" pos="0 0 0.2"/>
        <geom type="mesh" mesh="wedge" group="3"/>
        <site name="hand" pos="0.02 0 0.1"/>
        <camera name="hand_camera" pos="0.1 0 0" euler="10 -70 200"/>
      </body>
    </body>
    <body name="target">
      <joint name="target_x" type="slide" axis="1 0 0"/>
      <joint name="target_y" type="slide" axis="0 1 0"/>
      <joint name="target_z" type="slide" axis="0 0 1"/>
      <geom type="mesh" mesh="inline"/>
    </body>
  </worldbody>
  <actuator>
    <position joint="swing"/>
    <position joint="wrist"/>
  </actuator>
</mujoco>
"""


def write_robot(folder: Path, mjcf: str = ODD_ARM, settings: str = ODD_SETTINGS) -> Robot:
    (folder / "odd_arm.xml").write_text(mjcf, encoding="utf-8")
    (folder / "odd_arm.yaml").write_text(settings, encoding="utf-8")
    return load_robot(str(folder / "odd_arm.xml"))


@pytest.fixture
def odd_arm(tmp_path: Path) -> Robot:
    return write_robot(tmp_path)


@pytest.fixture
def mesh_arm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Robot:
    """An arm of meshes off their centres: scaled, mirrored, referred to elsewhere; one inline."""
    monkeypatch.setenv("ROS_HOME", str(tmp_path / "ros_home"))
    lines = [f"v {x} {y} {z}" for x, y, z in WEDGE] + [f"f {a} {b} {c}" for a, b, c in WEDGE_FACES]
    (tmp_path / "wedge.obj").write_text("\n".join(lines) + "\n", encoding="utf-8")
    trimesh.creation.icosphere(subdivisions=1, radius=0.1).apply_translation([0.3, 0, 0.1]).export(
        tmp_path / "ball.stl"
    )
    return write_robot(tmp_path, MESH_ARM)


@pytest.fixture(params=["fetch_arm", "six_axis_arm", "seven_axis_arm", "odd_arm", "mesh_arm"])
def robot(request: pytest.FixtureRequest) -> Robot:
    if request.param in ("odd_arm", "mesh_arm"):
        return request.getfixturevalue(request.param)
    return load_robot(request.param)


def parse(robot: Robot, **options: bool) -> yourdfpy.URDF:
    options = {"load_meshes": False} | options
    return yourdfpy.URDF.load(io.BytesIO(urdf(robot).encode()), **options)


def body_names(robot: Robot) -> list[str]:
    return [robot.model.body(i).name or f"body_{i}" for i in range(robot.model.nbody)]


def random_positions(robot: Robot, count: int) -> np.ndarray:
    lower, upper = np.maximum(robot.lower, -4.0), np.minimum(robot.upper, 4.0)
    return np.random.default_rng(0).uniform(lower, upper, (count, len(robot.joint_names)))


def test_every_frame_is_where_mujoco_has_it(robot: Robot) -> None:
    parsed, model, data = parse(robot), robot.model, mujoco.MjData(robot.model)
    bodies = body_names(robot)
    tool = model.site(robot.tool_frame).id
    elsewhere = robot.tool_frame in bodies and model.site_pos[tool].any()
    links = [
        *bodies,
        robot.tool_frame + ("_tool" if elsewhere else ""),
        *map(optical_frame, robot.cameras),
    ]
    cameras = [model.camera(name).id for name in robot.cameras]
    optical = np.diag([1.0, -1.0, -1.0])
    found = np.empty((STATES, len(links), 4, 4))
    expected = np.tile(np.eye(4), (STATES, len(links), 1, 1))
    for i, positions in enumerate(random_positions(robot, STATES)):
        parsed.update_cfg(dict(zip(robot.joint_names, positions, strict=True)))
        found[i] = [parsed.get_transform(link, "world") for link in links]
        data.qpos[:] = positions
        mujoco.mj_kinematics(model, data)
        mujoco.mj_camlight(model, data)
        expected[i, :, :3, 3] = [*data.xpos, data.site_xpos[tool], *data.cam_xpos[cameras]]
        turned = [*data.xmat, data.site_xmat[tool]]
        looking = [data.cam_xmat[camera].reshape(3, 3) @ optical for camera in cameras]
        expected[i, :, :3, :3] = [*np.reshape(turned, (-1, 3, 3)), *looking]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)


def test_joints_have_the_models_names_limits_and_damping(robot: Robot) -> None:
    joints = {joint.name: joint for joint in parse(robot).robot.joints if joint.type != "fixed"}
    assert sorted(joints) == sorted(robot.joint_names)
    assert {link.name for link in parse(robot).robot.links} >= set(body_names(robot))
    for i, name in enumerate(robot.joint_names):
        joint, hinge = joints[name], robot.model.jnt_type[i] == mujoco.mjtJoint.mjJNT_HINGE.value
        velocity = robot.velocity_limits[i]
        assert joint.limit.velocity == (velocity if np.isfinite(velocity) else 0)
        assert float(joint.dynamics.damping) == robot.model.dof_damping[i]
        np.testing.assert_allclose(joint.axis, robot.model.jnt_axis[i], rtol=0, atol=1e-15)
        if np.isfinite(robot.lower[i]):
            assert joint.type == ("revolute" if hinge else "prismatic")
            assert (joint.limit.lower, joint.limit.upper) == (robot.lower[i], robot.upper[i])
        elif hinge:
            assert joint.type == "continuous"
        else:
            assert joint.type == "prismatic"
            assert -np.inf < joint.limit.lower <= -100 and 100 <= joint.limit.upper < np.inf


def test_efforts_are_the_actuators(odd_arm: Robot) -> None:
    def efforts(robot: Robot) -> dict[str, float]:
        joints = parse(robot).robot.joints
        return {j.name: j.limit.effort for j in joints if j.type != "fixed" and j.limit.effort}

    assert efforts(odd_arm) == {"swing": 60.0}
    fetch = efforts(load_robot())
    assert len(fetch) == 9
    assert fetch["shoulder_lift_joint"] == 131.76
    assert fetch["l_gripper_finger_joint"] == 60.0


def test_masses_and_inertias_are_the_models(robot: Robot) -> None:
    model = robot.model
    links = {link.name: link for link in parse(robot).robot.links}
    weighing = [link.inertial.mass for link in links.values() if link.inertial is not None]
    assert sum(weighing) == pytest.approx(mujoco.mj_getTotalmass(model), rel=1e-12)
    assert 0.0 not in weighing
    for i, name in enumerate(body_names(robot)):
        if model.body_mass[i] == 0:
            assert links[name].inertial is None
            continue
        inertial = links[name].inertial
        turn = np.empty(9)
        mujoco.mju_quat2Mat(turn, model.body_iquat[i])
        turn = turn.reshape(3, 3)
        found = inertial.origin[:3, :3] @ inertial.inertia @ inertial.origin[:3, :3].T
        expected = turn @ np.diag(model.body_inertia[i]) @ turn.T
        assert inertial.mass == model.body_mass[i]
        np.testing.assert_allclose(inertial.origin[:3, 3], model.body_ipos[i], rtol=0, atol=1e-12)
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)


def test_shapes_are_the_geoms(odd_arm: Robot) -> None:
    links = {link.name: link for link in parse(odd_arm).robot.links}
    assert not links["world"].visuals and not links["world"].collisions  # The plane.

    box, model = links["body_1"].visuals[0], odd_arm.model
    turn = np.empty(9)
    mujoco.mju_quat2Mat(turn, model.geom_quat[1])
    np.testing.assert_allclose(box.geometry.box.size, [0.2, 0.4, 0.6])
    np.testing.assert_allclose(box.origin[:3, :3], turn.reshape(3, 3), rtol=0, atol=1e-12)
    np.testing.assert_allclose(box.origin[:3, 3], [0.1, 0, 0], rtol=0, atol=1e-12)
    np.testing.assert_allclose(box.material.color.rgba, [0.1, 0.6, 0.2, 1])

    tube, *balls = links["shoulder"].collisions
    assert tube.geometry.cylinder.radius == 0.04
    assert tube.geometry.cylinder.length == pytest.approx(np.hypot(0.2, 0.1))
    ends = sorted(ball.origin[:3, 3].tolist() for ball in balls)
    np.testing.assert_allclose(ends, [[0, 0, 0], [0.2, 0.1, 0]], rtol=0, atol=1e-12)
    assert [ball.geometry.sphere.radius for ball in balls] == [0.04, 0.04]
    np.testing.assert_allclose(links["shoulder"].visuals[0].material.color.rgba, [1, 0, 0, 0.5])

    # The cylinder touches nothing, the sphere's group is hidden, and URDF has no ellipsoid.
    assert [visual.geometry.cylinder.length for visual in links["hand"].visuals] == [0.2]
    assert [shape.geometry.sphere.radius for shape in links["hand"].collisions] == [0.05]


def test_the_tool_frame_is_a_link_once() -> None:
    names = [link.name for link in parse(load_robot()).robot.links]
    assert names.count("gripper_link") == 1
    assert "gripper_link_tool" not in names


def test_a_site_of_its_own_name_becomes_the_tool_link(tmp_path: Path) -> None:
    settings = ODD_SETTINGS.replace("tool_frame: hand", "tool_frame: tip")
    robot = write_robot(
        tmp_path, ODD_ARM.replace('<site name="hand"', '<site name="tip"'), settings
    )
    tip = parse(robot).get_transform("tip", "hand")
    np.testing.assert_allclose(tip[:3, 3], [0.02, 0, 0.1], rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('body name="target"', 'body name="twist_frame"', "link would be named 'twist_frame'"),
        (
            'joint name="stretch"',
            'joint name="body_1_fixed"',
            "joint would be named 'body_1_fixed'",
        ),
        ('camera name="hand_camera"', 'camera name="hand_camera" mode="track"', "hand_camera"),
    ],
)
def test_what_urdf_cannot_say_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in ODD_ARM
    with pytest.raises(UserError, match=message):
        urdf(write_robot(tmp_path, ODD_ARM.replace(old, new)))


def coincide(found: np.ndarray, expected: np.ndarray) -> bool:
    """Whether two sets of points, (K, 3) and (L, 3), m, have each a neighbour in the other."""
    distances = np.linalg.norm(found[:, None] - expected, axis=2)
    return bool(max(distances.min(axis=0).max(), distances.min(axis=1).max()) < 1e-6)


def vertices_of(model: mujoco.MjModel, data: mujoco.MjData, geom: int) -> np.ndarray:
    mesh = model.geom_dataid[geom]
    first, count = model.mesh_vertadr[mesh], model.mesh_vertnum[mesh]
    own = model.mesh_vert[first : first + count].astype(float)
    return own @ data.geom_xmat[geom].reshape(3, 3).T + data.geom_xpos[geom]


def test_meshes_are_drawn_where_mujoco_draws_them(mesh_arm: Robot) -> None:
    model, data = mesh_arm.model, mujoco.MjData(mesh_arm.model)
    parsed = parse(mesh_arm, load_meshes=True)
    drawn = np.flatnonzero(model.geom_group < 3)
    for positions in random_positions(mesh_arm, 20):
        parsed.update_cfg(dict(zip(mesh_arm.joint_names, positions, strict=True)))
        data.qpos[:] = positions
        mujoco.mj_kinematics(model, data)
        found = parsed.scene.dump()
        assert len(found) == len(drawn) == 5
        expected = [vertices_of(model, data, geom) for geom in drawn]
        for vertices in expected:
            assert sum(coincide(mesh.vertices, vertices) for mesh in found) == 1


def test_a_mesh_lies_in_its_link_as_its_file_says(tmp_path: Path, mesh_arm: Robot) -> None:
    """Independent of MuJoCo's own idea of a mesh, which is about its centre of mass."""
    links = {link.name: link for link in parse(mesh_arm).robot.links}
    visual, model = links["hand"].visuals[0], mesh_arm.model
    turned = trimesh.transformations.euler_matrix(*np.radians((-40, 0, 70)), axes="rxyz")
    expected = (np.array(WEDGE) * (0.5, -1, 2)) @ turned[:3, :3].T
    mesh = trimesh.load(visual.geometry.mesh.filename.removeprefix("file://"))
    found = mesh.vertices @ visual.origin[:3, :3].T + visual.origin[:3, 3]
    assert coincide(found, expected)
    assert mesh.is_watertight and mesh.volume > 0  # Mirrored, yet not inside out.
    assert len(links["hand"].collisions) == 3
    assert len(links["shoulder"].collisions) == 1
    assert model.nmesh == len(list((tmp_path / "ros_home" / "arm_sim_meshes").iterdir()))


def test_a_mesh_that_cannot_be_written_is_one_sentence(
    mesh_arm: Robot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("ROS_HOME", str(tmp_path / "file"))
    with pytest.raises(UserError, match="set ROS_HOME to a folder that can be written"):
        urdf(mesh_arm)
