"""Converts the compiled MJCF to URDF, for TF, RViz and planners.

URDF can't express all of MJCF: actuators, tendons, equality constraints and contact settings are
left out, and all shapes but spheres, cylinders, capsules, boxes and meshes. Meshes are written to
files (`meshes.py`); MuJoCo collides with a mesh's convex hull, other programs may not.
"""

import xml.etree.ElementTree as ET
from collections import Counter

import mujoco
import numpy as np

from arm_sim.common.arrays import Floats
from arm_sim.common.errors import UserError
from arm_sim.common.poses import make_pose, rotation_about
from arm_sim.robot.model import find_frame
from arm_sim.robot.robot import Robot
from arm_sim.robot.urdf_elements import add_joint, add_numbers, body_name, to_text
from arm_sim.robot.urdf_links import add_link
from arm_sim.robot_description.limits import torque_limits

# URDF demands limits of a prismatic joint; in metres, farther than any arm reaches.
_FAR = 1000.0
# MuJoCo's cameras look along -z with y up; half a turn about x makes that z forward and y down.
_CAMERA_TO_OPTICAL = np.diag([1.0, -1.0, -1.0, 1.0])


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
    for body in robot.bodies:
        add_link(root, model, body)
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
    """Connects a body to its parent by all its joints, with a link between each two of them."""
    model = robot.model
    name = body_name(model, body)
    parent = body_name(model, model.body_parentid[body])
    origin = make_pose(model.body_pos[body], model.body_quat[body])
    joints = range(model.body_jntadr[body], model.body_jntadr[body] + model.body_jntnum[body])
    for joint in joints:
        # A URDF joint turns about its child's origin, so the child is placed at the joint's anchor.
        # MuJoCo gives a body's pose at qpos0, URDF a joint's origin at 0.
        anchor = model.jnt_pos[joint]
        origin = origin @ make_pose(anchor) @ _motion(model, joint, -model.qpos0[joint])
        child = name
        if joint != joints[-1] or anchor.any():
            child = f"{robot.joint_names[joint]}_frame"
            ET.SubElement(root, "link", name=child)
        _add_moving_joint(root, robot, joint, parent, child, origin)
        parent, origin = child, make_pose(-anchor)
    if parent != name:
        add_joint(root, parent, name, origin)


def _add_moving_joint(
    root: ET.Element, robot: Robot, joint: int, parent: str, child: str, origin: Floats
) -> None:
    model = robot.model
    kind = "prismatic"
    if _is_hinge(model, joint):
        kind = "continuous" if robot.endless[joint] else "revolute"
    element = add_joint(root, parent, child, origin, robot.joint_names[joint], kind)
    ET.SubElement(element, "axis", xyz=to_text(model.jnt_axis[joint]))
    velocity = robot.velocity_limits[joint]
    limit = {"effort": _largest_effort(robot, joint)}
    limit["velocity"] = velocity if np.isfinite(velocity) else 0.0
    if kind != "continuous":
        limit["lower"] = max(robot.lower[joint], -_FAR)
        limit["upper"] = min(robot.upper[joint], _FAR)
    add_numbers(element, "limit", limit)
    add_numbers(element, "dynamics", {"damping": model.dof_damping[model.jnt_dofadr[joint]]})


def _largest_effort(robot: Robot, joint: int) -> float:
    """The joint's torque limit, N·m or N; 0 where there is none, or no command moves it."""
    limit = torque_limits(robot.model)[joint] if joint in robot.command_indices else np.inf
    return float(limit) if np.isfinite(limit) else 0.0


def _motion(model: mujoco.MjModel, joint: int, distance: float) -> Floats:
    """The (4, 4) pose that a joint reaches from its origin by a distance, rad or m."""
    axis = model.jnt_axis[joint]
    return rotation_about(axis, distance) if _is_hinge(model, joint) else make_pose(distance * axis)


def _is_hinge(model: mujoco.MjModel, joint: int) -> bool:
    return bool(model.jnt_type[joint] == mujoco.mjtJoint.mjJNT_HINGE.value)


def _add_tool_frame(root: ET.Element, robot: Robot) -> None:
    model, name = robot.model, robot.tool_frame
    kind, site = find_frame(model, name)
    if kind == "body":
        return
    parent = body_name(model, model.site_bodyid[site])
    origin = make_pose(model.site_pos[site], model.site_quat[site])
    if parent == name and np.allclose(origin, np.eye(4), rtol=0.0, atol=1e-12):
        return
    bodies = [body_name(model, body) for body in robot.bodies]
    child = f"{name}_tool" if name in bodies else name
    ET.SubElement(root, "link", name=child)
    add_joint(root, parent, child, origin)


def _add_camera(root: ET.Element, robot: Robot, name: str) -> None:
    model, camera = robot.model, robot.model.camera(name).id
    if model.cam_mode[camera] != mujoco.mjtCamLight.mjCAMLIGHT_FIXED.value:
        raise UserError(
            f"{robot.name}: camera {name} turns by itself, so it has no frame in a URDF; use "
            'mode="fixed".'
        )
    child = optical_frame(name)
    ET.SubElement(root, "link", name=child)
    origin = make_pose(model.cam_pos[camera], model.cam_quat[camera]) @ _CAMERA_TO_OPTICAL
    add_joint(root, body_name(model, model.cam_bodyid[camera]), child, origin)


def _check_names(root: ET.Element, robot: Robot) -> None:
    for kind in ("link", "joint"):
        counts = Counter(element.get("name", "") for element in root.findall(kind))
        repeated = ", ".join(f"'{name}'" for name, count in counts.items() if count > 1)
        if repeated:
            raise UserError(
                f"{robot.name}: as URDF, more than one {kind} would be named {repeated}; "
                "rename a body, joint, site or camera in the MJCF."
            )
