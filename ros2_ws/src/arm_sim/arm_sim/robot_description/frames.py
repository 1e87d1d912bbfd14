"""Finds an arm's base frame and its tool frame in a robot file."""

from dataclasses import dataclass

import mujoco
import numpy as np

from arm_sim.common.arrays import Floats
from arm_sim.common.poses import make_pose
from arm_sim.robot_description.arms import Arm
from arm_sim.robot_description.joint_tree import JointTree
from arm_sim.robot_description.names import MOUNT_WORDS, TOOL_WORDS, has_word, words

# The part of a finger that counts as its tip, and the part of a link without frames.
_TIP_SHARE = 0.8
_UPRIGHT = np.cos(np.deg2rad(3.0))
# The site that marks the tool where the file has no frame for it.
NEW_TOOL_FRAME = "tool"


@dataclass(frozen=True)
class ToolFrame:
    """The frame whose position is the tool's.

    Attributes:
        name: Its name.
        body: Name of the body to which a site of this name is to be added; '' if the file has it.
        position: (3,) where on that body, m.
    """

    name: str
    body: str = ""
    position: tuple[float, float, float] = (0.0, 0.0, 0.0)


def base_frame(model: mujoco.MjModel, arm: Arm, name: str | None = None) -> tuple[str, Floats]:
    """Returns the name of an arm's base frame and its (4, 4) pose in the file's world frame, m.

    It is the body of the given name, else the body that carries the first joint. If that body's z
    axis is not vertical, the frame stands at its place, and is turned as the next body above it
    that is upright (REP-103: z up).

    Args:
        model: The compiled robot.
        arm: The arm.
        name: Name of the frame, if the user chose one; if no body has it, it is only a name.
    """
    tree = JointTree(model)
    body = int(model.body_parentid[model.jnt_bodyid[arm.joints[0]]])
    named = mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_BODY.value, name or "")
    body = named if named >= 0 else body
    upright = body
    while upright and tree.data.xmat[upright][8] < _UPRIGHT:
        upright = int(model.body_parentid[upright])
    pose = make_pose(tree.data.xpos[body])
    x, y = tree.data.xmat[upright].reshape(3, 3)[:2, 0]
    yaw = np.arctan2(y, x)
    pose[:2, :2] = [[np.cos(yaw), -np.sin(yaw)], [np.sin(yaw), np.cos(yaw)]]
    return name or model.body(body).name or "base_link", pose


def tool_frame(model: mujoco.MjModel, arm: Arm) -> ToolFrame:
    """Returns the frame of an arm's tool.

    In this order: a site or a fixed body beyond the last joint that is called a tool's; the middle
    between the fingertips; a site or a body that tools are bolted to; the last body that is fixed
    to the arm's end; the tip of the arm's end.
    """
    tree = JointTree(model)
    rigid = tree.rigid_part(arm.end)
    sites = [model.site(i).name for i in range(model.nsite) if model.site_bodyid[i] in rigid]
    bodies = [model.body(body).name for body in rigid[1:] if not _is_camera(model, body)]
    named = [name for name in (*sites, *bodies) if name]
    if tools := [name for name in named if words(name) & TOOL_WORDS]:
        return ToolFrame(tools[0])
    if arm.hand_joints:
        return _between_fingertips(tree, arm)
    if mounts := [name for name in named if has_word(name, MOUNT_WORDS)]:
        return ToolFrame(mounts[0])
    if ends := [name for name in bodies if name]:
        return ToolFrame(ends[-1])
    return _tip(tree, arm)


def _is_camera(model: mujoco.MjModel, body: int) -> bool:
    return bool(words(model.body(body).name) & {"camera", "cam", "optical"})


def _between_fingertips(tree: JointTree, arm: Arm) -> ToolFrame:
    """The mean of the fingers' tips, of a single jaw and the fixed part beside it as well."""
    fingers = [tree.points(tree.subtree(body)) for body in tree.children(arm.end)]
    rigid = tree.points(tree.rigid_part(arm.end))
    fingers = [points for points in fingers if len(points)]
    if not fingers:
        return _tip(tree, arm)
    start = tree.data.xanchor[arm.joints[-1]]
    ahead = np.concatenate(fingers).mean(axis=0) - start
    ahead /= max(float(np.linalg.norm(ahead)), 1e-9)
    if len(fingers) == 1 and len(rigid):
        fingers.append(rigid)
    tips = [_farthest(points, start, ahead) for points in fingers]
    return _site(tree, arm.end, np.mean(tips, axis=0))


def _tip(tree: JointTree, arm: Arm) -> ToolFrame:
    """The farthest part of the arm's end, seen from its last joint."""
    points, start = tree.points(tree.subtree(arm.end)), tree.data.xanchor[arm.joints[-1]]
    if not len(points):
        return ToolFrame(tree.model.body(arm.end).name)
    ahead = points.mean(axis=0) - start
    length = float(np.linalg.norm(ahead))
    if length < 1e-6:
        return _site(tree, arm.end, points.mean(axis=0))
    return _site(tree, arm.end, _farthest(points, start, ahead / length))


def _farthest(points: Floats, start: Floats, ahead: Floats) -> Floats:
    """(3,) the mean of the points that are farthest along a direction."""
    along = (points - start) @ ahead
    far: Floats = points[along >= _TIP_SHARE * along.max()]
    return far.mean(axis=0)


def _site(tree: JointTree, body: int, position: Floats) -> ToolFrame:
    """A new site on a body, at a position in the world frame, m, rounded to a tenth of a mm."""
    rotation = tree.data.xmat[body].reshape(3, 3)
    x, y, z = (rotation.T @ (position - tree.data.xpos[body])).round(4) + 0.0
    taken = {site.name for site in (tree.model.site(i) for i in range(tree.model.nsite))}
    name = NEW_TOOL_FRAME if NEW_TOOL_FRAME not in taken else f"{NEW_TOOL_FRAME}_frame"
    return ToolFrame(name, tree.model.body(body).name, (float(x), float(y), float(z)))
