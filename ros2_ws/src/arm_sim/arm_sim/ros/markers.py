"""SceneMarkers: RViz markers of one arm, its tool's path, the goal, objects and the workspace.

The arm's shapes come from its URDF and their poses from MuJoCo, so no TF is needed.
"""

import xml.etree.ElementTree as ET
from dataclasses import dataclass

import mujoco
import numpy as np
from geometry_msgs.msg import Point
from visualization_msgs.msg import Marker, MarkerArray

from arm_sim.common.arrays import Floats, Ints
from arm_sim.robot.meshes import mesh_file
from arm_sim.robot.model import find_frame, object_geom
from arm_sim.robot.robot import Robot
from arm_sim.ros.joint_messages import set_stamp

_PATH_NS = 10_000_000_000
_TARGET_DIAMETER = 0.07
_LINE_WIDTH = 0.006
_RGBA = {
    "reached": (0.10, 0.75, 0.25, 1.0),
    "not reached": (0.90, 0.06, 0.06, 1.0),
    "path": (0.95, 0.75, 0.10, 1.0),
    "workspace": (0.40, 0.70, 0.95, 0.6),
}


@dataclass(frozen=True)
class _Shapes:
    """K shapes, each fixed to a body."""

    markers: list[Marker]
    bodies: Ints  # (K,)
    positions: Floats  # (K, 3) m, in the body's frame
    rotations: Floats  # (K, 4) w, x, y, z


class SceneMarkers:
    """The markers of one arm, in its base frame and SI units.

    Namespaces are 'arm' (the URDF's shapes), 'path', 'target', 'objects' and 'workspace'.
    The ids never change.
    """

    def __init__(self, robot: Robot, urdf: str, tolerance: float) -> None:
        """Prepares the markers.

        Args:
            robot: The robot.
            urdf: The robot as URDF, for its shapes; links have the names of the model's bodies.
            tolerance: The target is reached when the tool is nearer than this, m.
        """
        self._robot = robot
        self._tolerance = tolerance
        self._data = mujoco.MjData(robot.model)
        kind, index = find_frame(robot.model, robot.tool_frame)
        self._tool = (self._data.site_xpos if kind == "site" else self._data.xpos)[index]
        self._shapes = _read_shapes(robot, urdf)
        self._path = _marker("path", Marker.LINE_STRIP, (_LINE_WIDTH, 0.0, 0.0), _RGBA["path"])
        self._path_times: list[int] = []
        self._target = _marker("target", Marker.SPHERE, (_TARGET_DIAMETER,) * 3)
        self._objects = [_object(robot, name, number) for number, name in enumerate(robot.objects)]
        markers = [*self._shapes.markers, self._path, self._target, *self._objects]
        markers.append(_workspace(robot.workspace))
        for marker in markers:
            marker.header.frame_id = robot.base_frame
        self._message = MarkerArray(markers=markers)

    def update(
        self, time_ns: int, positions: Floats, goal: Floats, object_poses: Floats
    ) -> MarkerArray:
        """Returns the markers; the next call overwrites them.

        Args:
            time_ns: Their stamp, ns.
            positions: (J,) joint positions, rad or m.
            goal: (3,) position of the goal, m.
            object_poses: (M, 7) positions, m, and quaternions x, y, z, w of the objects.
        """
        # MuJoCo has the quaternions' w first.
        objects = object_poses[:, [0, 1, 2, 6, 3, 4, 5]].ravel()
        self._data.qpos[:] = np.concatenate([positions, objects])
        mujoco.mj_kinematics(self._robot.model, self._data)
        self._place_shapes()
        self._place_objects()
        self._extend_path(time_ns)
        _place(self._target, goal)
        # The goal is the first object's where there are objects, else the tool's.
        brought = object_poses[0, :3] if len(object_poses) else self._tool
        reached = np.linalg.norm(goal - brought) <= self._tolerance
        _paint(self._target, _RGBA["reached" if reached else "not reached"])
        for marker in self._message.markers:
            set_stamp(marker.header.stamp, time_ns)
        return self._message

    def _place_shapes(self) -> None:
        shapes, data = self._shapes, self._data
        turns = data.xmat[shapes.bodies].reshape(-1, 3, 3)
        places = data.xpos[shapes.bodies] + np.einsum("kij,kj->ki", turns, shapes.positions)
        rotation = np.empty(4)
        for i, marker in enumerate(shapes.markers):
            mujoco.mju_mulQuat(rotation, data.xquat[shapes.bodies[i]], shapes.rotations[i])
            _place(marker, places[i], rotation)

    def _place_objects(self) -> None:
        """Places the objects' shapes; that of a mesh is not where its object is."""
        model, data, rotation = self._robot.model, self._data, np.empty(4)
        for name, marker in zip(self._robot.objects, self._objects, strict=True):
            geom = object_geom(model, name)
            mujoco.mju_mat2Quat(rotation, data.geom_xmat[geom])
            _place(marker, data.geom_xpos[geom], rotation)

    def _extend_path(self, time_ns: int) -> None:
        times, points = self._path_times, self._path.points
        if times and time_ns < times[-1]:  # The simulation was restarted.
            times.clear()
            points.clear()
        point = _point(self._tool)
        if not points:  # A line needs two points.
            times.append(time_ns)
            points.append(point)
        elif time_ns == times[-1]:
            return
        times.append(time_ns)
        points.append(point)
        while len(times) > 2 and time_ns - times[0] > _PATH_NS:
            del times[0], points[0]


def _read_shapes(robot: Robot, urdf: str) -> _Shapes:
    """Returns the shapes of the URDF."""
    markers: list[Marker] = []
    bodies, positions, rotations = [], [], []
    links = {link.get("name"): link for link in ET.fromstring(urdf).iter("link")}
    for body in robot.bodies:
        name = robot.model.body(body).name or f"body_{body}"
        for visual in links[name].iter("visual"):
            origin, shape = visual.find("origin"), visual.find("geometry/*")
            colour = visual.find("material/color")
            assert origin is not None and shape is not None and colour is not None
            marker = _shape(shape)
            marker.id = len(markers)
            _paint(marker, _numbers(colour.attrib["rgba"]))
            rotation = np.empty(4)
            # Capital letters: about the fixed axes, as in URDF.
            mujoco.mju_euler2Quat(rotation, np.array(_numbers(origin.attrib["rpy"])), "XYZ")
            markers.append(marker)
            bodies.append(body)
            positions.append(_numbers(origin.attrib["xyz"]))
            rotations.append(rotation)
    return _Shapes(markers, np.array(bodies), np.array(positions), np.array(rotations))


def _shape(shape: ET.Element) -> Marker:
    if shape.tag == "box":
        return _marker("arm", Marker.CUBE, _numbers(shape.attrib["size"]))
    if shape.tag == "mesh":
        marker = _marker("arm", Marker.MESH_RESOURCE, _numbers(shape.get("scale", "1 1 1")))
        marker.mesh_resource = shape.attrib["filename"]
        return marker
    diameter = 2 * float(shape.attrib["radius"])
    if shape.tag == "sphere":
        return _marker("arm", Marker.SPHERE, (diameter,) * 3)
    assert shape.tag == "cylinder"
    return _marker("arm", Marker.CYLINDER, (diameter, diameter, float(shape.attrib["length"])))


def _object(robot: Robot, name: str, number: int) -> Marker:
    """The marker of a free object."""
    geom = robot.model.geom(object_geom(robot.model, name))
    kind, size = geom.type[0], 2 * geom.size
    if kind == mujoco.mjtGeom.mjGEOM_BOX.value:
        marker = _marker("objects", Marker.CUBE, size)
    elif kind == mujoco.mjtGeom.mjGEOM_CYLINDER.value:
        marker = _marker("objects", Marker.CYLINDER, (size[0], size[0], size[1]))
    elif kind == mujoco.mjtGeom.mjGEOM_SPHERE.value:
        marker = _marker("objects", Marker.SPHERE, (size[0],) * 3)
    else:
        marker = _marker("objects", Marker.MESH_RESOURCE, (1.0, 1.0, 1.0))
        marker.mesh_resource = mesh_file(robot.model, int(geom.dataid[0])).as_uri()
    marker.id = number
    _paint(marker, tuple(geom.rgba.tolist()))
    return marker


def _workspace(box: Floats) -> Marker:
    """The twelve edges of a box given by its lower and upper corner, (2, 3) m."""
    marker = _marker("workspace", Marker.LINE_LIST, (_LINE_WIDTH, 0.0, 0.0), _RGBA["workspace"])
    corners = np.array(np.meshgrid(*box.T, indexing="ij")).reshape(3, 8).T
    for a in range(8):
        # Bits of a corner's index stand for axes: an edge joins two corners that differ in one.
        for b in (a | 1, a | 2, a | 4):
            if a != b:
                marker.points += [_point(corners[a]), _point(corners[b])]
    return marker


def _marker(
    namespace: str,
    kind: int,
    scale: tuple[float, ...],
    rgba: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0),
) -> Marker:
    marker = Marker(ns=namespace, type=kind, action=Marker.ADD)
    marker.scale.x, marker.scale.y, marker.scale.z = map(float, scale)
    marker.pose.orientation.w = 1.0
    _paint(marker, rgba)
    return marker


def _paint(marker: Marker, rgba: tuple[float, ...]) -> None:
    marker.color.r, marker.color.g, marker.color.b, marker.color.a = rgba


def _place(marker: Marker, position: Floats, rotation: Floats | None = None) -> None:
    pose = marker.pose
    pose.position.x, pose.position.y, pose.position.z = position.tolist()
    if rotation is not None:
        turn = pose.orientation
        turn.w, turn.x, turn.y, turn.z = rotation.tolist()


def _point(position: Floats) -> Point:
    x, y, z = position.tolist()
    return Point(x=x, y=y, z=z)


def _numbers(text: str) -> tuple[float, ...]:
    return tuple(map(float, text.split()))
