"""Holds joints still: removes them from a model, its bodies staying where the joints had put them.

A joint that no command moves costs computing time and can only disturb: those of a second arm, a
head, wheels, or loose objects.
"""

from collections.abc import Collection, Sequence

import mujoco
import numpy as np

from arm_sim.common.arrays import Floats
from arm_sim.common.poses import make_pose

# Numbers of the positions that are not one.
_WIDTHS = {mujoco.mjtJoint.mjJNT_FREE.value: 7, mujoco.mjtJoint.mjJNT_BALL.value: 4}
_BODY_EQUALITIES = (mujoco.mjtEq.mjEQ_CONNECT, mujoco.mjtEq.mjEQ_WELD)


def hold_joints(
    spec: mujoco.MjSpec, model: mujoco.MjModel, keep: Collection[int], positions: Floats
) -> None:
    """Removes all joints but some, and what refers to the removed ones, from a spec.

    Actuators, tendons and equality constraints of removed joints go with them, and so do all
    keyframes and sensors, which nothing here reads.

    Args:
        spec: The spec to change; all kept joints have names.
        model: The same, compiled.
        keep: Indices of the joints that stay.
        positions: (nq,) the positions at which the removed joints are held.
    """
    removed = [joint for joint in range(model.njnt) if joint not in keep]
    bodies = {body.id: body for body in spec.bodies}
    joints = {joint.id: joint for joint in spec.joints}
    for body in {int(model.jnt_bodyid[joint]) for joint in removed}:
        own = [joint for joint in removed if model.jnt_bodyid[joint] == body]
        _displace(spec, bodies[body], _displacement(model, body, own, positions))
        for joint in set(keep) & set(_joints_of(model, body)):
            later = [other for other in own if other > joint]
            _displace_joint(joints[joint], _displacement(model, body, later, positions))
    moving = _moving_bodies(model, keep)
    for sensor in list(spec.sensors):
        spec.delete(sensor)
    for key in list(spec.keys):
        spec.delete(key)
    for body in bodies.values():
        body.mocap = False
    kept = {model.joint(joint).name for joint in keep}
    _delete_references(spec, model, kept, moving)
    for joint in list(spec.joints):
        if joint.name not in kept:
            spec.delete(joint)


def _joints_of(model: mujoco.MjModel, body: int) -> range:
    return range(model.body_jntadr[body], model.body_jntadr[body] + model.body_jntnum[body])


def _displacement(
    model: mujoco.MjModel, body: int, joints: Sequence[int], positions: Floats
) -> Floats:
    """The (4, 4) pose to which some of a body's joints bring it, in its frame at `qpos0`, m."""
    start, held = mujoco.MjData(model), mujoco.MjData(model)
    for joint in joints:
        width = _WIDTHS.get(model.jnt_type[joint], 1)
        own = slice(model.jnt_qposadr[joint], model.jnt_qposadr[joint] + width)
        held.qpos[own] = positions[own]
    for data in (start, held):
        mujoco.mj_kinematics(model, data)
    pose: Floats = np.linalg.inv(_in_parent(model, start, body)) @ _in_parent(model, held, body)
    return pose


def _in_parent(model: mujoco.MjModel, data: mujoco.MjData, body: int) -> Floats:
    parent = model.body_parentid[body]
    pose: Floats = np.linalg.inv(make_pose(data.xpos[parent], data.xquat[parent])) @ make_pose(
        data.xpos[body], data.xquat[body]
    )
    return pose


def _displace(spec: mujoco.MjSpec, body: mujoco.MjsBody, pose: Floats) -> None:
    if np.allclose(pose, np.eye(4), rtol=0, atol=1e-12):
        return
    quaternion = body.quat
    if body.alt.type != mujoco.mjtOrientation.mjORIENTATION_QUAT:
        compiler = body.compiler
        quaternion = spec.resolve_orientation(
            degree=compiler.degree, sequence=compiler.eulerseq, orientation=body.alt
        )
    quaternion = np.array(quaternion) / np.linalg.norm(quaternion)
    moved = make_pose(np.array(body.pos), quaternion) @ pose
    result = np.empty(4)
    mujoco.mju_mat2Quat(result, np.ascontiguousarray(moved[:3, :3]).ravel())
    body.pos, body.quat = moved[:3, 3], result
    body.alt.type = mujoco.mjtOrientation.mjORIENTATION_QUAT


def _displace_joint(joint: mujoco.MjsJoint, pose: Floats) -> None:
    """Keeps a joint where it was, although joints after it on its body have moved the body."""
    joint.axis = pose[:3, :3].T @ joint.axis
    joint.pos = pose[:3, :3].T @ (joint.pos - pose[:3, 3])


def _moving_bodies(model: mujoco.MjModel, keep: Collection[int]) -> set[str]:
    """Names of the bodies that kept joints move."""
    moving = {int(model.jnt_bodyid[joint]) for joint in keep}
    for body in range(1, model.nbody):
        if int(model.body_parentid[body]) in moving:
            moving.add(body)
    return {model.body(body).name for body in moving}


def _delete_references(
    spec: mujoco.MjSpec, model: mujoco.MjModel, kept: set[str], moving: set[str]
) -> None:
    """Deletes actuators, tendons and constraints unless all that they act on still moves."""
    for tendon in list(spec.tendons):
        joints = [w.target.name for w in tendon.path if w.type == mujoco.mjtWrap.mjWRAP_JOINT]
        if not joints or not set(joints) <= kept:
            spec.delete(tendon)
    tendons = {tendon.name for tendon in spec.tendons}
    sites = {s.name for s in spec.sites if s.parent.name in moving}
    acted_on = {
        mujoco.mjtTrn.mjTRN_JOINT: kept,
        mujoco.mjtTrn.mjTRN_JOINTINPARENT: kept,
        mujoco.mjtTrn.mjTRN_TENDON: tendons,
        mujoco.mjtTrn.mjTRN_SITE: sites,
        mujoco.mjtTrn.mjTRN_BODY: moving,
    }
    for actuator in list(spec.actuators):
        if actuator.target not in acted_on.get(actuator.trntype, set()):
            spec.delete(actuator)
    # A constraint to the world or to a body that no joint moves would hold the arm back.
    of_kind = {mujoco.mjtEq.mjEQ_JOINT: kept, mujoco.mjtEq.mjEQ_TENDON: tendons}
    of_kind |= dict.fromkeys(_BODY_EQUALITIES, moving)
    for equality in list(spec.equalities):
        known = of_kind.get(equality.type, set())
        if equality.objtype == mujoco.mjtObj.mjOBJ_SITE:
            known = sites
        needed = {equality.name1, equality.name2} - {""}
        if equality.type in _BODY_EQUALITIES and not equality.name2:
            needed.add("world")
        if not needed <= known:
            spec.delete(equality)
