"""The compiled MJCF as URDF, so that TF, RViz and planners see the very model that runs.

MJCF says more than URDF can: actuators, tendons, equality constraints and contact settings are left
out, and of the shapes all that is not a sphere, cylinder, capsule, box or mesh. Meshes are written
as files of their own (`meshes.py`); MuJoCo collides with a mesh's convex hull, others may not.
"""

import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterable

import mujoco
import numpy as np

from arm_sim.common.errors import UserError
from arm_sim.robot.meshes import mesh_file
from arm_sim.robot.robot import Floats, Robot, find_frame

# URDF demands limits of a prismatic joint; metres, farther than any arm reaches.
_FAR = 1000.0
# MuJoCo draws geom groups 0 to 2 unless told otherwise; models hide collision shapes in the rest.
_DRAWN_GROUPS = (0, 1, 2)
# The geom colour that MuJoCo takes for "none given, ask the material".
_NO_COLOUR = np.array([0.5, 0.5, 0.5, 1.0], dtype=np.float32)
# MuJoCo's cameras look along -z with y up: half a turn about x makes that z forward and y down.
_OPTICAL = np.diag([1.0, -1.0, -1.0, 1.0])

# Poses are (4, 4) matrices that take points of a child frame to its parent frame, in metres.


def urdf(robot: Robot) -> str:
    """Returns the robot as URDF: each body as a link, each joint by its name in `joint_names`.

    The root link is `world`, which coincides with `robot.base_frame`. Joint positions are MuJoCo's
    `qpos`, rad or m. Where a body has several joints, or turns about a point off its origin, links
    without mass named `<joint>_frame` come between. The tool frame is a link of its name, or of
    `<name>_tool` where a body elsewhere has that; each camera has a link at its `optical_frame`.

    Raises:
        UserError: If two links or two joints would share a name, a camera isn't fixed to a body, or
            a mesh can't be written to its file.
    """
    model = robot.model
    root = ET.Element("robot", name=robot.name)
    for body in range(model.nbody):
        link = ET.SubElement(root, "link", name=_body_name(model, body))
        _describe(link, model, body)
        if body:
            _add_joints(root, robot, body)
    _add_tool_frame(root, robot)
    for camera in robot.cameras:
        _add_camera(root, robot, camera)
    _check_names(root, robot)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode")


def optical_frame(camera_name: str) -> str:
    """Returns the name of a camera's frame with z forward, x right and y down (REP-103)."""
    return f"{camera_name}_optical_frame"


def _add_joints(root: ET.Element, robot: Robot, body: int) -> None:
    """Connects a body to its parent, by as many joints and links between as that takes."""
    model = robot.model
    name = _body_name(model, body)
    parent = _body_name(model, model.body_parentid[body])
    origin = _pose(model.body_pos[body], model.body_quat[body])
    joints = range(model.body_jntadr[body], model.body_jntadr[body] + model.body_jntnum[body])
    for joint in joints:
        # A URDF joint turns about its child's origin, so that goes to the anchor and then back.
        # MuJoCo's body pose is the one at qpos0, the origin of a URDF joint the one at 0.
        anchor = model.jnt_pos[joint]
        origin = origin @ _pose(anchor) @ _motion(model, joint, -model.qpos0[joint])
        child = name
        if joint != joints[-1] or anchor.any():
            child = f"{robot.joint_names[joint]}_frame"
            ET.SubElement(root, "link", name=child)
        _add_moving_joint(root, robot, joint, parent, child, origin)
        parent, origin = child, _pose(-anchor)
    if parent != name:
        _connect(root, parent, name, origin)


def _add_moving_joint(
    root: ET.Element, robot: Robot, joint: int, parent: str, child: str, origin: Floats
) -> None:
    model = robot.model
    kind = "prismatic"
    if _hinge(model, joint):
        kind = "revolute" if model.jnt_limited[joint] else "continuous"
    element = _connect(root, parent, child, origin, robot.joint_names[joint], kind)
    ET.SubElement(element, "axis", xyz=_text(model.jnt_axis[joint]))
    velocity = robot.velocity_limits[joint]
    limit = {"effort": _effort(robot, joint)}
    limit["velocity"] = velocity if np.isfinite(velocity) else 0.0
    if kind != "continuous":
        limit["lower"] = max(robot.lower[joint], -_FAR)
        limit["upper"] = min(robot.upper[joint], _FAR)
    _add_numbers(element, "limit", limit)
    _add_numbers(element, "dynamics", {"damping": model.dof_damping[model.jnt_dofadr[joint]]})


def _effort(robot: Robot, joint: int) -> float:
    """The most that the joint's position actuator can do, N·m or N; 0 where nothing says."""
    model = robot.model
    for index, actuator in zip(robot.command_indices, robot.actuators, strict=True):
        if index == joint and model.actuator_forcelimited[actuator]:
            force = np.abs(model.actuator_forcerange[actuator]).max()
            return float(force * abs(model.actuator_gear[actuator, 0]))
    return 0.0


def _add_tool_frame(root: ET.Element, robot: Robot) -> None:
    model, name = robot.model, robot.tool_frame
    kind, site = find_frame(model, name)
    if kind == "body":
        return
    parent = _body_name(model, model.site_bodyid[site])
    origin = _pose(model.site_pos[site], model.site_quat[site])
    if parent == name and np.allclose(origin, np.eye(4), rtol=0.0, atol=1e-12):
        return
    bodies = [_body_name(model, body) for body in range(model.nbody)]
    child = f"{name}_tool" if name in bodies else name
    ET.SubElement(root, "link", name=child)
    _connect(root, parent, child, origin)


def _add_camera(root: ET.Element, robot: Robot, name: str) -> None:
    model, camera = robot.model, robot.model.camera(name).id
    if model.cam_mode[camera] != mujoco.mjtCamLight.mjCAMLIGHT_FIXED.value:
        raise UserError(
            f'{robot.name}: camera {name} turns by itself; only mode="fixed" has a frame.'
        )
    child = optical_frame(name)
    ET.SubElement(root, "link", name=child)
    origin = _pose(model.cam_pos[camera], model.cam_quat[camera]) @ _OPTICAL
    _connect(root, _body_name(model, model.cam_bodyid[camera]), child, origin)


def _describe(link: ET.Element, model: mujoco.MjModel, body: int) -> None:
    """Adds what a body weighs, looks like and collides with."""
    if model.body_mass[body] > 0:
        inertial = ET.SubElement(link, "inertial")
        _add_origin(inertial, _pose(model.body_ipos[body], model.body_iquat[body]))
        _add_numbers(inertial, "mass", {"value": model.body_mass[body]})
        # MuJoCo's inertial frame lies along the principal axes.
        principal = dict(zip(("ixx", "iyy", "izz"), model.body_inertia[body], strict=True))
        _add_numbers(inertial, "inertia", principal | {"ixy": 0.0, "ixz": 0.0, "iyz": 0.0})
    for geom in np.flatnonzero(model.geom_bodyid == body):
        uses = ["visual"] if model.geom_group[geom] in _DRAWN_GROUPS else []
        if model.geom_contype[geom] or model.geom_conaffinity[geom]:
            uses.append("collision")
        placed = _pose(model.geom_pos[geom], model.geom_quat[geom])
        for use in uses:
            for shape, sizes, z in _shapes(model, geom):
                element = ET.SubElement(link, use)
                _add_origin(element, placed @ _pose(np.array([0.0, 0.0, z])))
                ET.SubElement(ET.SubElement(element, "geometry"), shape, sizes)
                if use == "visual":
                    _add_colour(element, model, geom)


def _shapes(model: mujoco.MjModel, geom: int) -> list[tuple[str, dict[str, str], float]]:
    """The URDF shapes that make up a geom: tag, attributes and shift along z, m, of each."""
    geoms = mujoco.mjtGeom
    kind, size = model.geom_type[geom], model.geom_size[geom]
    if kind == geoms.mjGEOM_MESH.value:
        return [("mesh", {"filename": mesh_file(model, model.geom_dataid[geom]).as_uri()}, 0.0)]
    ball = {"radius": _text(size[:1])}
    tube = ball | {"length": _text(2 * size[1:2])}  # MuJoCo's sizes are half ones.
    if kind == geoms.mjGEOM_SPHERE.value:
        return [("sphere", ball, 0.0)]
    if kind == geoms.mjGEOM_CYLINDER.value:
        return [("cylinder", tube, 0.0)]
    if kind == geoms.mjGEOM_CAPSULE.value:
        return [("cylinder", tube, 0.0), ("sphere", ball, size[1]), ("sphere", ball, -size[1])]
    if kind == geoms.mjGEOM_BOX.value:
        return [("box", {"size": _text(2 * size)}, 0.0)]
    return []


def _add_colour(visual: ET.Element, model: mujoco.MjModel, geom: int) -> None:
    rgba, material = model.geom_rgba[geom], model.geom_matid[geom]
    if material >= 0 and np.array_equal(rgba, _NO_COLOUR):
        rgba = model.mat_rgba[material]
    # In URDF one name is one colour everywhere, so the colour itself is the name.
    name = "rgba_" + np.uint8(np.round(255 * rgba)).tobytes().hex()
    element = ET.SubElement(visual, "material", name=name)
    ET.SubElement(element, "color", rgba=" ".join(f"{channel:.3g}" for channel in rgba))


def _check_names(root: ET.Element, robot: Robot) -> None:
    for kind in ("link", "joint"):
        counts = Counter(element.get("name", "") for element in root.findall(kind))
        repeated = ", ".join(f"'{name}'" for name, count in counts.items() if count > 1)
        if repeated:
            raise UserError(
                f"{robot.name}: as URDF, more than one {kind} would be named {repeated}; "
                "rename a body, joint, site or camera in the MJCF."
            )


def _connect(
    root: ET.Element, parent: str, child: str, origin: Floats, name: str = "", kind: str = "fixed"
) -> ET.Element:
    element = ET.SubElement(root, "joint", name=name or f"{child}_fixed", type=kind)
    ET.SubElement(element, "parent", link=parent)
    ET.SubElement(element, "child", link=child)
    _add_origin(element, origin)
    return element


def _add_origin(element: ET.Element, pose: Floats) -> None:
    xyz, rpy = _text(pose[:3, 3]), _text(_roll_pitch_yaw(pose[:3, :3]))
    ET.SubElement(element, "origin", xyz=xyz, rpy=rpy)


def _add_numbers(element: ET.Element, tag: str, values: dict[str, float]) -> None:
    ET.SubElement(element, tag, {key: _text([value]) for key, value in values.items()})


def _text(values: Iterable[float]) -> str:
    """The numbers to their last digit, so that nothing is lost; adding 0 turns -0 into 0."""
    return " ".join(repr(float(value) + 0.0) for value in values)


def _body_name(model: mujoco.MjModel, body: int) -> str:
    return model.body(body).name or f"body_{body}"


def _hinge(model: mujoco.MjModel, joint: int) -> bool:
    return bool(model.jnt_type[joint] == mujoco.mjtJoint.mjJNT_HINGE.value)


def _motion(model: mujoco.MjModel, joint: int, distance: float) -> Floats:
    """The pose that a joint's motion by `distance`, rad or m, leads to."""
    axis = model.jnt_axis[joint]
    if not _hinge(model, joint):
        return _pose(distance * axis)
    quaternion = np.empty(4)
    mujoco.mju_axisAngle2Quat(quaternion, axis, distance)
    return _pose(np.zeros(3), quaternion)


def _pose(position: Floats, quaternion: Floats | None = None) -> Floats:
    """The (4, 4) pose at a position, m, turned by a quaternion (w, x, y, z) if there is one."""
    pose = np.eye(4)
    pose[:3, 3] = position
    if quaternion is not None:
        rotation = np.empty(9)
        mujoco.mju_quat2Mat(rotation, quaternion)
        pose[:3, :3] = rotation.reshape(3, 3)
    return pose


def _roll_pitch_yaw(rotation: Floats) -> Floats:
    """Turns about the fixed axes x, y and z, in this order, rad, that make a (3, 3) rotation.

    At a pitch of ±90° only the sum or difference of roll and yaw is defined. Roll is read after
    undoing whichever yaw was found, so the two agree there too.
    """
    x, y, z = rotation
    yaw = np.arctan2(y[0], x[0])
    pitch = np.arctan2(-z[0], np.hypot(x[0], y[0]))
    y_without_yaw = np.cos(yaw) * y - np.sin(yaw) * x
    return np.array([np.arctan2(-y_without_yaw[2], y_without_yaw[1]), pitch, yaw])
