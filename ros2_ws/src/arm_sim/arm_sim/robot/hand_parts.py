"""The parts of a hand: convex points of fingers and palm, in the tool frame, while it closes."""

from dataclasses import dataclass

import mujoco
import numpy as np

from arm_sim.common.arrays import Floats, Ints
from arm_sim.robot.gripper_states import gripper_states, hand_joints
from arm_sim.robot.model import find_frame
from arm_sim.robot.robot import Robot
from arm_sim.robot_description.convex_points import convex_points


@dataclass(frozen=True)
class HandParts:
    """A hand at S openings, from fully open to closed, in the tool frame.

    Attributes:
        fingers: For each geom that the gripper's joints move, (S, K, 3) points, m; their convex
            hull is the geom.
        palm: For each geom that is fixed to the arm's end, (K, 3) points, m.
        wrist: (3,) where the arm's last joint is, m.
        axes: (N, 3) unit vectors that may be the hand's main directions: the axis of the arm's last
            joint first, then the axes of the tool frame, of the palm and of the fingers.
    """

    fingers: tuple[Floats, ...]
    palm: tuple[Floats, ...]
    wrist: Floats
    axes: Floats


def hand_parts(robot: Robot, openings: int) -> HandParts | None:
    """Returns the parts of a robot's hand at a number of openings; None if it has no fingers.

    Geoms that take part in contacts are used. Fingers without any are made of those that are seen,
    and so is the palm.
    """
    model, data = robot.model, mujoco.MjData(robot.model)
    end = int(model.jnt_bodyid[robot.arm[-1]])
    moved, palm = _moved_bodies(model, hand_joints(robot)), _rigid_bodies(model, end)
    finger_geoms, palm_geoms = (_solid_geoms(model, bodies) for bodies in (moved, palm))
    if not len(robot.gripper) or not len(finger_geoms):
        return None
    shapes = {int(g): convex_points(model, int(g)) for g in (*finger_geoms, *palm_geoms)}
    placed: dict[int, list[Floats]] = {geom: [] for geom in shapes}
    kind, index = find_frame(model, robot.tool_frame)
    for state in gripper_states(robot, openings):
        data.qpos[: len(state)] = state
        mujoco.mj_kinematics(model, data)
        at_site = kind == "site"
        origin = (data.site_xpos if at_site else data.xpos)[index]
        turn = (data.site_xmat if at_site else data.xmat)[index].reshape(3, 3)
        for geom, points in shapes.items():
            world = data.geom_xpos[geom] + points @ data.geom_xmat[geom].reshape(3, 3).T
            placed[geom].append((world - origin) @ turn)
    bodies = [data.xmat[body].reshape(3, 3).T @ turn for body in (*palm, *moved)]
    last = int(robot.arm[-1])
    return HandParts(
        fingers=tuple(np.array(placed[int(g)]) for g in finger_geoms),
        palm=tuple(placed[int(g)][0] for g in palm_geoms),
        wrist=(data.xanchor[last] - origin) @ turn,
        axes=np.concatenate([[data.xaxis[last] @ turn], np.eye(3), *bodies]),
    )


def _moved_bodies(model: mujoco.MjModel, joints: Ints) -> list[int]:
    """The bodies that joints move."""
    moved: set[int] = set(model.jnt_bodyid[joints].tolist())
    for body in range(1, model.nbody):  # Parents come before their children.
        if int(model.body_parentid[body]) in moved:
            moved.add(body)
    return sorted(moved)


def _rigid_bodies(model: mujoco.MjModel, body: int) -> list[int]:
    """A body and those that are fixed to it."""
    return np.flatnonzero(model.body_weldid == model.body_weldid[body]).tolist()


def _solid_geoms(model: mujoco.MjModel, bodies: list[int]) -> Ints:
    """The geoms of bodies that collide by their file's masks; all of them where none does."""
    geoms = np.flatnonzero(np.isin(model.geom_bodyid, bodies))
    # `scene/contact_masks.py` changes the masks, and keeps the file's in these numbers.
    kept = model.nuser_geom >= 2
    masks = model.geom_user[:, :2] if kept else [model.geom_contype, model.geom_conaffinity]
    collide = np.any(masks, axis=1 if kept else 0)
    solid = geoms[collide[geoms]]
    return (solid if len(solid) else geoms).astype(np.int64)
