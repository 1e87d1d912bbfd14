"""The markers are where MuJoCo has the shapes, and say whether the target is reached."""

import json
from pathlib import Path

import mujoco
import numpy as np
import pytest
import trimesh
from visualization_msgs.msg import Marker, MarkerArray

from arm_sim.robot.kinematics import Kinematics
from arm_sim.robot.model import object_geom
from arm_sim.robot.robot import Robot
from arm_sim.robot.urdf import urdf
from arm_sim.ros.joint_messages import stamp_ns
from arm_sim.ros.markers import SceneMarkers
from arm_sim.scene.loader import load_robot
from support.object_scene import OBJECTS, robot_with_objects

TOLERANCE = 0.02
SECOND = 1_000_000_000

# Every shape, all of them turned, on bodies that are turned.
TURNED_ARM = """
<mujoco>
  <compiler angle="degree"/>
  <size nuser_jnt="1"/>
  <worldbody>
    <geom type="plane" size="1 1 0.1"/>
    <geom type="box" size="0.1 0.2 0.3" pos="0 0 -0.3" euler="10 20 30" rgba="0.1 0.6 0.2 0.5"/>
    <body pos="0 0.1 0.2" euler="30 90 -20">
      <joint name="swing" axis="1 2 -1" pos="0.1 0.2 -0.3" range="-100 120" user="2"/>
      <geom type="capsule" size="0.04" fromto="0 0 0 0.2 0.1 0.3"/>
      <geom type="cylinder" size="0.03 0.1" euler="-50 10 70"/>
      <geom type="sphere" size="0.05" pos="0 0 0.4"/>
      <geom type="sphere" size="0.5" group="3"/>
      <site name="tool" pos="0.02 0 0.1"/>
    </body>
  </worldbody>
  <actuator><position joint="swing"/></actuator>
</mujoco>
"""
TURNED_SETTINGS = """
arm_joints: [swing]
tool_frame: tool
base_frame: pedestal
home: [0.0]
workspace: {lower: [0, 0, 0], upper: [1, 2, 3]}
"""


@pytest.fixture(params=["fetch_arm", "turned_arm"])
def robot(request: pytest.FixtureRequest, tmp_path: Path) -> Robot:
    if request.param == "fetch_arm":
        return load_robot()
    (tmp_path / "turned_arm.xml").write_text(TURNED_ARM)
    (tmp_path / "turned_arm.yaml").write_text(TURNED_SETTINGS)
    return load_robot(str(tmp_path / "turned_arm.xml"))


@pytest.fixture
def scene(robot: Robot) -> SceneMarkers:
    return SceneMarkers(robot, urdf(robot), TOLERANCE)


def of(markers: list[Marker], namespace: str) -> list[Marker]:
    return [marker for marker in markers if marker.ns == namespace]


def vector(message: object) -> list[float]:
    return [message.x, message.y, message.z]


def points(marker: Marker) -> np.ndarray:
    return np.array([vector(point) for point in marker.points])


def rotation(marker: Marker) -> np.ndarray:
    turn, q = np.empty(9), marker.pose.orientation
    mujoco.mju_quat2Mat(turn, np.array([q.w, q.x, q.y, q.z]))
    return turn.reshape(3, 3)


def update(
    scene: SceneMarkers,
    robot: Robot,
    time_ns: int,
    positions: np.ndarray,
    goal: np.ndarray | None = None,
) -> MarkerArray:
    goal = robot.goal_home if goal is None else goal
    return scene.update(time_ns, positions, goal, robot.object_home)


def tool(robot: Robot, positions: np.ndarray) -> np.ndarray:
    return Kinematics(robot, 1).tool_positions(positions[None])[0]


def test_every_shape_is_where_mujoco_has_it(robot: Robot, scene: SceneMarkers) -> None:
    model, data = robot.model, mujoco.MjData(robot.model)
    kinds = mujoco.mjtGeom
    lower, upper = np.maximum(robot.lower, -2.0), np.minimum(robot.upper, 2.0)
    for positions in np.random.default_rng(0).uniform(lower, upper, (20, len(lower))):
        markers = of(update(scene, robot, 0, positions).markers, "arm")
        data.qpos[:] = positions
        mujoco.mj_kinematics(model, data)
        left = list(markers)
        for geom in range(model.ngeom):
            if model.geom_group[geom] > 2 or model.geom_type[geom] == kinds.mjGEOM_PLANE.value:
                continue
            if model.geom_bodyid[geom] == model.body("target").id:
                continue
            # By the order in which bodies and their geoms come, each takes the first that are left.
            size, turn = model.geom_size[geom], data.geom_xmat[geom].reshape(3, 3)
            ball = (Marker.SPHERE, [2 * size[0]] * 3)
            expected = {
                kinds.mjGEOM_SPHERE.value: [(*ball, 0.0)],
                kinds.mjGEOM_BOX.value: [(Marker.CUBE, 2 * size, 0.0)],
                kinds.mjGEOM_CYLINDER.value: [(Marker.CYLINDER, 2 * size[[0, 0, 1]], 0.0)],
                kinds.mjGEOM_CAPSULE.value: [
                    (Marker.CYLINDER, 2 * size[[0, 0, 1]], 0.0),
                    (*ball, size[1]),
                    (*ball, -size[1]),
                ],
            }[model.geom_type[geom]]
            for kind, scale, shift in expected:
                marker = left.pop(0)
                place = data.geom_xpos[geom] + shift * turn[:, 2]
                assert marker.type == kind
                np.testing.assert_allclose(vector(marker.scale), scale, rtol=1e-6)
                np.testing.assert_allclose(vector(marker.pose.position), place, atol=1e-9)
                np.testing.assert_allclose(rotation(marker), turn, atol=1e-9)
                assert marker.color.a > 0
        assert left == []


def test_all_is_in_the_base_frame_under_ids_that_stay(robot: Robot, scene: SceneMarkers) -> None:
    first = [(marker.ns, marker.id) for marker in update(scene, robot, 5, robot.home).markers]
    moved = robot.home.copy()
    moved[robot.arm[0]] += 0.3
    message = update(scene, robot, 7, moved)
    assert [(marker.ns, marker.id) for marker in message.markers] == first
    assert len(set(first)) == len(first)
    assert {namespace for namespace, _ in first} == {"arm", "path", "target", "workspace"}
    for marker in message.markers:
        assert marker.header.frame_id == robot.base_frame
        assert stamp_ns(marker) == 7
        assert marker.action == Marker.ADD
        assert (marker.lifetime.sec, marker.lifetime.nanosec) == (0, 0)


def test_the_target_turns_green_within_the_tolerance(robot: Robot, scene: SceneMarkers) -> None:
    for distance, green in ((0.9 * TOLERANCE, True), (1.1 * TOLERANCE, False), (0.0, True)):
        goal = tool(robot, robot.home) + np.array([0.0, distance, 0.0])
        (target,) = of(update(scene, robot, 0, robot.home, goal).markers, "target")
        assert (target.color.g > target.color.r) == green
        np.testing.assert_allclose(vector(target.pose.position), goal)


def test_the_path_is_the_tools_last_ten_seconds(robot: Robot, scene: SceneMarkers) -> None:
    positions, seen = robot.home.copy(), []
    for i in range(150):
        positions[robot.arm[0]] = 0.01 * i
        seen.append(tool(robot, positions))
        (path,) = of(update(scene, robot, i * SECOND // 10, positions).markers, "path")
        assert len(path.points) >= 2  # Fewer are no line.
    np.testing.assert_allclose(points(path), seen[-101:], atol=1e-9)
    (path,) = of(update(scene, robot, 0, robot.home).markers, "path")  # Time began anew.
    np.testing.assert_allclose(points(path), [tool(robot, robot.home)] * 2, atol=1e-9)


def test_the_workspace_is_the_edges_of_its_box(robot: Robot, scene: SceneMarkers) -> None:
    (box,) = of(update(scene, robot, 0, robot.home).markers, "workspace")
    edges = points(box).reshape(12, 2, 3)
    lower, upper = robot.workspace
    assert np.isin(edges, [lower, upper]).all()
    along = edges[:, 1] - edges[:, 0]
    assert (np.count_nonzero(along, axis=1) == 1).all()
    assert (np.count_nonzero(along, axis=0) == 4).all()
    assert len({tuple(edge.ravel()) for edge in edges}) == 12


def test_objects_are_where_mujoco_has_their_shapes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mesh too, whose middle is not where its file has the origin."""
    monkeypatch.setenv("ROS_HOME", str(tmp_path / "ros_home"))
    block = trimesh.creation.box((0.2, 0.4, 0.6)).apply_translation([0.1, 0.0, 0.0])
    block.export(tmp_path / "block.stl")
    mesh = {"shape": "mesh", "size": [0.5], "file": str(tmp_path / "block.stl")}
    ball = {"shape": "sphere", "size": [0.08], "colour": [0.0, 1.0, 0.0]}
    ball, mesh = ({**spec, "position": [1, 0, 1]} for spec in (ball, mesh))
    objects = {**OBJECTS, "ball": ball, "block": mesh}
    robot = load_robot(changes=json.dumps({"objects": objects}))
    scene, data = SceneMarkers(robot, urdf(robot), TOLERANCE), mujoco.MjData(robot.model)
    poses = np.random.default_rng(0).normal(size=(4, 7))
    poses[:, 3:] /= np.linalg.norm(poses[:, 3:], axis=1, keepdims=True)
    markers = of(scene.update(0, robot.home, robot.goal_home, poses).markers, "objects")
    data.qpos[:] = [*robot.home, *poses[:, [0, 1, 2, 6, 3, 4, 5]].ravel()]
    mujoco.mj_kinematics(robot.model, data)
    for name, marker in zip(robot.objects, markers, strict=True):
        geom = data.geom(object_geom(robot.model, name))
        np.testing.assert_allclose(vector(marker.pose.position), geom.xpos, atol=1e-9)
        np.testing.assert_allclose(rotation(marker), geom.xmat.reshape(3, 3), atol=1e-9)
    kinds = [Marker.CUBE, Marker.CYLINDER, Marker.SPHERE, Marker.MESH_RESOURCE]
    assert [marker.type for marker in markers] == kinds
    sizes = [[0.05] * 3, [0.05, 0.05, 0.1], [0.08] * 3, [1.0] * 3]
    np.testing.assert_allclose([vector(marker.scale) for marker in markers], sizes)
    assert (markers[2].color.g, markers[2].color.r, markers[2].color.a) == (1.0, 0.0, 1.0)
    drawn = trimesh.load(markers[3].mesh_resource.removeprefix("file://"))
    np.testing.assert_allclose(sorted(drawn.extents), [0.1, 0.2, 0.3], atol=1e-6)


def test_with_objects_the_target_turns_green_where_the_first_of_them_is() -> None:
    robot = robot_with_objects()
    scene = SceneMarkers(robot, urdf(robot), TOLERANCE)
    for goal, green in ((robot.object_home[0, :3], True), (tool(robot, robot.home), False)):
        (target,) = of(update(scene, robot, 0, robot.home, goal).markers, "target")
        assert (target.color.g > target.color.r) == green


def test_meshes_are_named_and_not_copied() -> None:
    robot = load_robot()
    box = '<box size="0.64 1.1 0.04" />'
    text = urdf(robot)
    assert box in text
    text = text.replace(box, '<mesh filename="file:///tmp/table.stl" />', 1)
    table = update(SceneMarkers(robot, text, TOLERANCE), robot, 0, robot.home).markers[0]
    assert table.type == Marker.MESH_RESOURCE
    assert table.mesh_resource == "file:///tmp/table.stl"
    assert vector(table.scale) == [1.0, 1.0, 1.0]
