"""Finds the arms of a robot: serial chains of joints, each with the gripper at its end."""

import itertools
from dataclasses import dataclass

import mujoco
import numpy as np

from arm_sim.common.errors import UserError
from arm_sim.robot_description.joint_tree import JointTree
from arm_sim.robot_description.names import (
    ARM_WORDS,
    BASE_WORDS,
    FINGER_WORDS,
    OTHER_LIMB_WORDS,
    has_word,
)

_FEWEST_JOINTS = 3
# What hangs on an arm's end and is smaller than this share of the arm is its hand.
_HAND_SHARE = 0.4
# A jaw that turns has a fixed one beside it, which is nearly as long.
_FIXED_JAW_SHARE = 0.6
# How far the middle of a jaw is from its axis, as a share of its farthest point's distance.
_JAW_OFF_AXIS = 0.3
_WIDEST_JAW = 2.5  # rad


@dataclass(frozen=True)
class Arm:
    """A serial chain of joints and what moves at its end.

    Attributes:
        joints: Indices of the arm's joints, from the base to the tool.
        hand_joints: Indices of all hinges and slides beyond: the fingers'.
        end: Index of the body that the last arm joint moves.
    """

    joints: tuple[int, ...]
    hand_joints: tuple[int, ...]
    end: int


def find_arms(model: mujoco.MjModel) -> list[Arm]:
    """Returns the arms of a model, likeliest first: legs, heads and wheels come last.

    A chain begins where the tree of moving bodies branches, and ends where only fingers follow. The
    joints of a mobile base are left out.
    """
    tree = JointTree(model)
    roots = [
        b for b in range(model.nbody) if b == 0 or (model.body_jntnum[b] and not tree.moves(b))
    ]
    chains = [
        chain for root in roots for kid in tree.children(root) for chain in _follow(tree, kid)
    ]
    arms = [arm for chain in chains if (arm := _arm(tree, chain)) is not None]
    return sorted(arms, key=lambda arm: _unlikely(model, arm))


def choose_arm(model: mujoco.MjModel, name: str = "") -> Arm:
    """Returns the likeliest arm, or the one that has a joint or a body of a name.

    Raises:
        UserError: If there is no chain of at least three joints, or none of this name.
    """
    arms = find_arms(model)
    if not arms:
        names = [model.joint(i).name or "(without a name)" for i in range(model.njnt)]
        listed = ", ".join(names[:12]) + (f" and {len(names) - 12} more" if names[12:] else "")
        raise UserError(
            "There is no arm: no chain of at least three hinges that hang on each other "
            f"(joints: {listed or 'none'})."
        )
    if not name:
        return arms[0]
    for arm in arms:
        if name in _names(model, arm):
            return arm
    valid = "; ".join(describe(model, arm) for arm in arms)
    raise UserError(f"No arm has a joint or a body '{name[:80]}' (the arms are: {valid}).")


def describe(model: mujoco.MjModel, arm: Arm) -> str:
    """Returns the first and the last joint of an arm as a text for a person."""
    first, last = model.joint(arm.joints[0]).name, model.joint(arm.joints[-1]).name
    return f"{first} to {last}"


def _names(model: mujoco.MjModel, arm: Arm) -> set[str]:
    joints = [*arm.joints, *arm.hand_joints]
    bodies = {model.body(model.jnt_bodyid[j]).name for j in joints}
    return bodies | {model.joint(j).name for j in joints}


def _follow(tree: JointTree, body: int) -> list[list[int]]:
    """The chains of moving bodies from a body on; each ends before fingers, or at the tip."""
    chain = [body]
    while True:
        kids = tree.children(chain[-1])
        limbs = [kid for kid in kids if not _is_finger(tree, chain, kid)]
        if not limbs:
            return [chain]
        if len(limbs) > 1:
            return [found for kid in limbs for found in _follow(tree, kid)]
        chain.append(limbs[0])


def _is_finger(tree: JointTree, chain: list[int], body: int) -> bool:
    """Whether a moving body at the end of a chain is a part of the gripper."""
    model = tree.model
    hinges = sum(len(tree.joints(b)) for b in chain)
    if hinges < _FEWEST_JOINTS:
        return False
    names = [model.joint(j).name for j in tree.joints(body)]
    if any(has_word(name, FINGER_WORDS) for name in names):
        return True
    if any(has_word(name, ARM_WORDS) for name in names):
        return False
    if has_word(model.body(body).name, FINGER_WORDS - {"gripper", "grip"}):
        return True
    siblings = tree.children(chain[-1])
    if len(siblings) > 1:
        size = sum(
            float(np.linalg.norm(tree.anchor(b) - tree.anchor(a)))
            for a, b in itertools.pairwise(chain)
        )
        return tree.extent(body) < _HAND_SHARE * size
    return not tree.children(body) and _is_jaw(tree, chain[-1], body)


def _is_jaw(tree: JointTree, hand: int, body: int) -> bool:
    """Whether a hinged body closes against a fixed part of the hand beside it."""
    model, joint = tree.model, tree.joints(body)[0]
    if model.jnt_type[joint] != mujoco.mjtJoint.mjJNT_HINGE.value or not model.jnt_limited[joint]:
        return False
    if np.ptp(model.jnt_range[joint]) > _WIDEST_JAW:
        return False
    jaw, fixed = tree.points(tree.subtree(body)), tree.points(tree.rigid_part(hand))
    if not len(jaw) or not len(fixed):
        return False
    anchor, axis = tree.anchor(body), tree.data.xaxis[joint]
    # A wrist turns about its own middle, a jaw about its end.
    from_axis = np.linalg.norm(np.cross(jaw - anchor, axis), axis=1)
    away = np.cross(axis, np.cross(jaw.mean(axis=0) - anchor, axis))
    length = float(np.linalg.norm(away))
    if length < _JAW_OFF_AXIS * from_axis.max():
        return False
    reach = ((jaw - anchor) @ away).max(), ((fixed - anchor) @ away).max()
    return bool(reach[1] > _FIXED_JAW_SHARE * reach[0])


def _arm(tree: JointTree, chain: list[int]) -> Arm | None:
    """The arm of a chain of bodies; None if it has too few hinges."""
    model = tree.model
    joints = [joint for body in chain for joint in tree.joints(body)]
    joints = _without_mobile_base(model, joints)
    hinges = [j for j in joints if model.jnt_type[j] == mujoco.mjtJoint.mjJNT_HINGE.value]
    if len(hinges) < _FEWEST_JOINTS:
        return None
    end = chain[-1]
    hand = [j for body in tree.subtree(end)[1:] for j in tree.joints(body)]
    return Arm(tuple(joints), tuple(hand), end)


def _without_mobile_base(model: mujoco.MjModel, joints: list[int]) -> list[int]:
    """Leaves out the slides of a mobile base that come first, and its turn after them."""
    slides = 0
    for joint in joints:
        slide = model.jnt_type[joint] == mujoco.mjtJoint.mjJNT_SLIDE.value
        based = has_word(model.joint(joint).name, BASE_WORDS | OTHER_LIMB_WORDS)
        if (slide and (based or not model.jnt_limited[joint])) or (based and slides):
            slides += 1
        else:
            break
    return joints[slides:]


def _unlikely(model: mujoco.MjModel, arm: Arm) -> tuple[bool, int]:
    names = [model.joint(j).name for j in arm.joints]
    names += [model.body(model.jnt_bodyid[j]).name for j in arm.joints]
    other = sum(has_word(name, OTHER_LIMB_WORDS) for name in names)
    return (2 * other > len(names) // 2, -min(len(arm.joints), 6))
