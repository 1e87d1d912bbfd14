"""SceneMarkers: RViz markers of one arm, the path of its tool, the target and the workspace.

The arm's shapes come from its URDF and their poses from MuJoCo, so no TF is needed.
"""

import xml.etree.ElementTree as ET
from dataclasses import dataclass

import mujoco
import numpy as np
from geometry_msgs.msg import Point
from visualization_msgs.msg import Marker, MarkerArray

from arm_sim.common.arrays import Floats, Ints
from arm_sim.robot.model import find_frame
from arm_sim.robot.robot import Robot
from arm_sim.ros.joint_messages import set_stamp

_PATH_NS = 10_000_000_000
# Larger than the model's own ball, which RViz's RobotModel shows at the same place.
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

    Namespaces are 'arm' (the URDF's shapes without the target's), 'path', 'target' and 'workspace'.
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
        markers = [*self._shapes.markers, self._path, self._target, _workspace(robot.workspace)]
        for marker in markers:
            marker.header.frame_id = robot.base_frame
        self._message = MarkerArray(markers=markers)

    def update(self, time_ns: int, positions: Floats) -> MarkerArray:
        """Returns the markers at joint positions (J,), rad or m; the next call overwrites them."""
        mujoco.mju_copy(self._data.qpos, positions)
        mujoco.mj_kinematics(self._robot.model, self._data)
        self._place_shapes()
        self._extend_path(time_ns)
        target = positions[self._robot.target]
        _place(self._target, target)
        reached = np.linalg.norm(target - self._tool) <= self._tolerance
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
    """Returns the shapes of the URDF, except the target's."""
    markers: list[Marker] = []
    bodies, positions, rotations = [], [], []
    links = {link.get("name"): link for link in ET.fromstring(urdf).iter("link")}
    target = robot.model.jnt_bodyid[robot.target[-1]]
    for body in range(robot.model.nbody):
        name = robot.model.body(body).name or f"body_{body}"
        for visual in links[name].iter("visual") if body != target else ():
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
