"""Selects the arm and the gripper of a robot file, and holds all its other joints still."""

import itertools
from dataclasses import dataclass

import mujoco
import numpy as np

from arm_sim.common.arrays import Floats
from arm_sim.common.errors import UserError
from arm_sim.robot.rules.all_rules import find_file_faults
from arm_sim.robot.scene_settings import SceneSettings
from arm_sim.robot_description.actuators import driven_joints
from arm_sim.robot_description.arms import Arm, choose_arm, describe, find_arms
from arm_sim.robot_description.held_joints import hold_joints
from arm_sim.robot_description.joint_tree import JointTree


@dataclass(frozen=True)
class Selection:
    """The joints of a robot that a scene uses; in its spec no others are left.

    Attributes:
        arm: Names of the arm's joints, from the base to the tool.
        hand: Names of the hinges and slides beyond.
        drivers: Those of the hand that are commanded.
        keyframe: (A,) the arm's positions in the file's home keyframe, rad or m; None without one.
        notes: What was chosen, a sentence each.
    """

    arm: list[str]
    hand: list[str]
    drivers: list[str]
    keyframe: Floats | None
    notes: list[str]


def select(spec: mujoco.MjSpec, model: mujoco.MjModel, given: SceneSettings) -> Selection:
    """Chooses arm and gripper, and removes all other joints from the spec.

    Args:
        spec: The robot file's spec, which is changed.
        model: The same, compiled.
        given: What the user's scene YAML says.

    Raises:
        UserError: If there is no arm, or the settings name what the file does not have.
    """
    if fault := next(find_file_faults(model, given), None):
        raise UserError(fault)
    arm = _given_arm(model, given) if given.arm_joints else choose_arm(model, given.arm)
    if given.gripper_joints is not None:
        arm = _with_gripper(model, arm, given.gripper_joints)
    unnamed = [
        model.body(model.jnt_bodyid[j]).name or f"body {model.jnt_bodyid[j]}"
        for j in (*arm.joints, *arm.hand_joints)
        if not model.joint(j).name
    ]
    if unnamed:
        raise UserError(
            f"Joints without a name, on the bodies {', '.join(unnamed)}: give each a name in the "
            "file, as messages refer to joints by name."
        )
    keep = [*arm.joints, *arm.hand_joints]
    positions, has_keyframe = _home_positions(model)
    addresses = model.jnt_qposadr[list(arm.joints)]
    drivers = given.gripper_joints
    if drivers is None:
        drivers = [model.joint(j).name for j in _drivers(model, arm.hand_joints)]
    selection = Selection(
        arm=[model.joint(j).name for j in arm.joints],
        hand=[model.joint(j).name for j in arm.hand_joints],
        drivers=drivers,
        keyframe=positions[addresses] if has_keyframe else None,
        notes=list(_notes(model, arm, keep)),
    )
    hold_joints(spec, model, keep, positions)
    if given.target_joints:
        # The scene has a target of its own.
        spec.delete(spec.body(model.body(model.joint(given.target_joints[-1]).bodyid[0]).name))
    return selection


def _given_arm(model: mujoco.MjModel, given: SceneSettings) -> Arm:
    """The arm of the joints that a user names, with the gripper's or what hangs on its end.

    Further joints of the chain that they are a part of are no gripper.
    """
    joints = [model.joint(name).id for name in given.arm_joints or ()]
    end = int(model.jnt_bodyid[joints[-1]])
    tree = JointTree(model)
    chains = [a.joints for a in find_arms(model) if set(joints) <= set(a.joints)]
    arm = {*joints, *itertools.chain(*chains)}
    beyond = [j for body in tree.subtree(end)[1:] for j in tree.joints(body) if j not in arm]
    named = [model.joint(name).id for name in given.gripper_joints or ()]
    return Arm(tuple(joints), tuple(dict.fromkeys([*named, *beyond])), end)


def _with_gripper(model: mujoco.MjModel, arm: Arm, names: list[str]) -> Arm:
    """The arm up to the gripper that a user names; what is no part of this gripper is held."""
    named = {model.joint(name).id for name in names}
    joints = tuple(itertools.takewhile(lambda joint: joint not in named, arm.joints))
    last = arm.joints[len(joints) :]
    beyond = (*last, *arm.hand_joints)
    if not joints or not set(last) <= named <= set(beyond):
        others = [model.joint(joint).name for joint in arm.hand_joints]
        unfit = [name for name in names if model.joint(name).id not in arm.hand_joints]
        raise UserError(
            f"gripper_joints: {', '.join(unfit)} are not beyond the arm, {describe(model, arm)} "
            f"(valid: {', '.join(others) or 'none'})."
        )
    other_drivers = set(_drivers(model, beyond)) - named
    hand = tuple(joint for joint in beyond if joint not in other_drivers) if named else ()
    return Arm(joints, hand, int(model.jnt_bodyid[joints[-1]]))


def _home_positions(model: mujoco.MjModel) -> tuple[Floats, bool]:
    """(nq,) positions of the keyframe called home, else of the first one, else `qpos0`."""
    names = [model.key(key).name for key in range(model.nkey)]
    chosen = next((i for i, name in enumerate(names) if "home" in name.lower()), 0)
    if not names or not np.isfinite(model.key_qpos[chosen]).all():
        return model.qpos0.copy(), False
    return model.key_qpos[chosen].copy(), True


def _drivers(model: mujoco.MjModel, hand: tuple[int, ...]) -> list[int]:
    """The hand's joints that actuators move; without any, those that no constraint moves."""
    followed = {
        int(model.eq_obj1id[e])
        for e in range(model.neq)
        if model.eq_type[e] == mujoco.mjtEq.mjEQ_JOINT.value and model.eq_obj2id[e] >= 0
    }
    moved = [driven_joints(model, actuator)[:1] for actuator in range(model.nactuator)]
    actuated = {joint for joints in moved for joint in joints} & set(hand)
    if actuated:
        return [joint for joint in hand if joint in actuated]
    return [joint for joint in hand if joint not in followed]


def _notes(model: mujoco.MjModel, arm: Arm, keep: list[int]) -> list[str]:
    notes = [f"Arm: {describe(model, arm)}, {len(arm.joints)} joints."]
    others = [a for a in find_arms(model) if not set(a.joints) & set(arm.joints)]
    if others:
        listed = "; ".join(describe(model, other) for other in others)
        notes.append(f"Other chains, held still: {listed}. To use one, set 'arm' to its joint.")
    held = [model.joint(j).name or "(without a name)" for j in range(model.njnt) if j not in keep]
    if held:
        shown = ", ".join(held[:6]) + (f" and {len(held) - 6} more" if held[6:] else "")
        notes.append(f"Held still: {shown}.")
    return notes
