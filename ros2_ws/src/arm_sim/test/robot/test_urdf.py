"""The URDF has every link, limit and mass where MuJoCo has it, as a client (yourdfpy) reads it."""

import io
from collections.abc import Callable
from pathlib import Path

import mujoco
import numpy as np
import pytest
import yourdfpy

from arm_sim.common.errors import UserError
from arm_sim.robot.robot import Robot
from arm_sim.robot.urdf import optical_frame, urdf
from arm_sim.scene.loader import load_robot

STATES = 1000


def parse(robot: Robot, **options: bool) -> yourdfpy.URDF:
    options = {"load_meshes": False} | options
    return yourdfpy.URDF.load(io.BytesIO(urdf(robot).encode()), **options)


def body_names(robot: Robot) -> list[str]:
    return [robot.model.body(i).name or f"body_{i}" for i in robot.bodies]


def random_positions(robot: Robot, count: int) -> np.ndarray:
    lower, upper = np.maximum(robot.lower, -4.0), np.minimum(robot.upper, 4.0)
    return np.random.default_rng(0).uniform(lower, upper, (count, len(robot.joint_names)))


def test_every_frame_is_where_mujoco_has_it(any_arm: Robot) -> None:
    parsed, model, data = parse(any_arm), any_arm.model, mujoco.MjData(any_arm.model)
    bodies = body_names(any_arm)
    tool = model.site(any_arm.tool_frame).id
    elsewhere = any_arm.tool_frame in bodies and model.site_pos[tool].any()
    links = [
        *bodies,
        any_arm.tool_frame + ("_tool" if elsewhere else ""),
        *map(optical_frame, any_arm.cameras),
    ]
    cameras = [model.camera(name).id for name in any_arm.cameras]
    optical = np.diag([1.0, -1.0, -1.0])
    found = np.empty((STATES, len(links), 4, 4))
    expected = np.tile(np.eye(4), (STATES, len(links), 1, 1))
    for i, positions in enumerate(random_positions(any_arm, STATES)):
        parsed.update_cfg(dict(zip(any_arm.joint_names, positions, strict=True)))
        found[i] = [parsed.get_transform(link, "world") for link in links]
        data.qpos[:] = positions
        mujoco.mj_kinematics(model, data)
        mujoco.mj_camlight(model, data)
        there = list(any_arm.bodies)
        expected[i, :, :3, 3] = [*data.xpos[there], data.site_xpos[tool], *data.cam_xpos[cameras]]
        turned = [*data.xmat[there], data.site_xmat[tool]]
        looking = [data.cam_xmat[camera].reshape(3, 3) @ optical for camera in cameras]
        expected[i, :, :3, :3] = [*np.reshape(turned, (-1, 3, 3)), *looking]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)


def test_joints_have_the_models_names_limits_and_damping(any_arm: Robot) -> None:
    joints = {joint.name: joint for joint in parse(any_arm).robot.joints if joint.type != "fixed"}
    assert sorted(joints) == sorted(any_arm.joint_names)
    assert {link.name for link in parse(any_arm).robot.links} >= set(body_names(any_arm))
    for i, name in enumerate(any_arm.joint_names):
        joint, hinge = joints[name], any_arm.model.jnt_type[i] == mujoco.mjtJoint.mjJNT_HINGE.value
        velocity = any_arm.velocity_limits[i]
        assert joint.limit.velocity == (velocity if np.isfinite(velocity) else 0)
        assert float(joint.dynamics.damping) == any_arm.model.dof_damping[i]
        np.testing.assert_allclose(joint.axis, any_arm.model.jnt_axis[i], rtol=0, atol=1e-15)
        if np.isfinite(any_arm.lower[i]):
            assert joint.type == ("revolute" if hinge else "prismatic")
            assert (joint.limit.lower, joint.limit.upper) == (any_arm.lower[i], any_arm.upper[i])
        elif hinge:
            assert joint.type == "continuous"
        else:
            assert joint.type == "prismatic"
            assert -np.inf < joint.limit.lower <= -100 and 100 <= joint.limit.upper < np.inf


def test_efforts_are_the_actuators(odd_arm: Robot) -> None:
    def efforts(robot: Robot) -> dict[str, float]:
        joints = parse(robot).robot.joints
        return {j.name: j.limit.effort for j in joints if j.type != "fixed" and j.limit.effort}

    assert efforts(odd_arm)["swing"] == 60.0
    fetch = efforts(load_robot())
    assert len(fetch) == 9
    assert fetch["shoulder_lift_joint"] == 131.76
    assert fetch["l_gripper_finger_joint"] == 60.0


def test_masses_and_inertias_are_the_models(any_arm: Robot) -> None:
    model = any_arm.model
    links = {link.name: link for link in parse(any_arm).robot.links}
    weighing = [link.inertial.mass for link in links.values() if link.inertial is not None]
    assert sum(weighing) == pytest.approx(mujoco.mj_getTotalmass(model), rel=1e-12)
    assert 0.0 not in weighing
    for i, name in zip(any_arm.bodies, body_names(any_arm), strict=True):
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


def test_a_site_of_its_own_name_becomes_the_tool_link(
    write_arm: Callable[..., Path], odd_arm_file: str
) -> None:
    renamed = write_arm(
        odd_arm_file,
        {'<site name="hand"': '<site name="tip"'},
        {"tool_frame: hand": "tool_frame: tip"},
    )
    tip = parse(load_robot(str(renamed))).get_transform("tip", "hand")
    np.testing.assert_allclose(tip[:3, 3], [0.02, 0, 0.1], rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('body name="hand"', 'body name="twist_frame"', "link would be named 'twist_frame'"),
        ("stretch", "body_1_fixed", "joint would be named 'body_1_fixed'"),
        ('camera name="hand_camera"', 'camera name="hand_camera" mode="track"', "hand_camera"),
    ],
)
def test_what_urdf_cannot_say_is_refused(
    write_arm: Callable[..., Path], odd_arm_file: str, old: str, new: str, message: str
) -> None:
    settings = {old: new} if old == "stretch" else {}
    robot = load_robot(str(write_arm(odd_arm_file, {old: new}, settings)))
    with pytest.raises(UserError, match=message):
        urdf(robot)
