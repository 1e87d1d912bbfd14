"""Gives every commanded joint of a robot exactly one position servo, before the model is compiled.

A maker's file may drive its joints by motors, velocity servos or nothing; commands are positions.
"""

import copy
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import mujoco
import numpy as np

from arm_sim.robot_description.actuators import driven_joints, kind
from arm_sim.robot_description.servo_gains import (
    EXPLICIT_INTEGRATORS,
    drive_properties,
    propose_gains,
)
from arm_sim.robot_description.servo_messages import count, describe_new_servos
from arm_sim.robot_description.servos import Servo, find_servos
from arm_sim.robot_description.spec_actuators import add_servo, remove_actuators, stop_integration

_INTEGRATED, _VELOCITY = "integrated velocity servo", "velocity servo"
_NONE = "joint without an actuator"

_ByJoint = Mapping[int, Sequence[int]]


def ensure_servos(
    spec: mujoco.MjSpec,
    model: mujoco.MjModel,
    joints: Sequence[str],
    efforts: Mapping[str, float] | None = None,
) -> list[str]:
    """Changes a spec so that a position servo moves each of some joints, and no other actuator.

    - A joint keeps its own position servo; of several the stiffest. A velocity servo beside it
      becomes its damping.
    - An integrated velocity servo becomes a position servo of the same gains, whose range is the
      `actrange`.
    - Else the joint gets a position servo with the gains of `propose_gains`. Gravity is then
      compensated on the bodies that the joint carries, as real controllers do.
    - All other actuators are removed, with the sensors that refer to them.

    Actuation is enabled, and delays of actuators are removed: the simulator has its own. Where
    there are new servos, an explicit integrator is replaced by implicitfast.

    Args:
        spec: The spec to change. Its keyframes keep their lengths only if they are removed before.
        model: The same, compiled, with the timestep and integrator of the simulation.
        joints: Names of the hinges and slides that are commanded.
        efforts: Torque limits by joint name, for instance a URDF's, N·m or N.

    Returns:
        What was done: sentences for each kind of actuator.
    """
    said = list(_enable_actuation(spec))
    model = copy.copy(model)
    model.opt.disableflags &= ~int(mujoco.mjtDisableBit.mjDSBL_ACTUATION)
    ids = [model.joint(name).id for name in joints]
    said += _remove_delays(spec, model, ids)
    on_joint = _actuators_by_joint(model)
    servos = {joint: found[0] for joint, found in find_servos(model).items() if joint in ids}
    integrated = {
        joint: actuator
        for joint in ids
        for actuator in on_joint[joint]
        if joint not in servos and kind(model, actuator) == _INTEGRATED
    }
    new = [joint for joint in ids if joint not in servos and joint not in integrated]
    kept = {servo.actuator for servo in servos.values()} | set(integrated.values())
    # Before anything is removed, as limits and rotors are read off the actuators.
    gains = propose_gains(model, ids, efforts)
    in_spec = {actuator.id: actuator for actuator in spec.actuators}
    said += _fold_dampings(in_spec, model, servos.values(), on_joint)
    for actuator in integrated.values():
        stop_integration(in_spec[actuator], model, actuator)
    if integrated:
        said.append(f"{count(len(integrated), _INTEGRATED)} made position servos of equal gains.")
    said += _set_aside(model, kept, servos, on_joint)
    remove_actuators(spec, [found for index, found in in_spec.items() if index not in kept])
    for joint in new:
        row = ids.index(joint)
        own = gains.stiffness[row], gains.damping[row], gains.torque[row]
        armature, damping = drive_properties(model, joint)
        drive = armature + float(gains.armature[row]), damping
        add_servo(spec, model.joint(joint).name, own, drive)
    kinds = {joint: _kind_on(model, on_joint[joint]) for joint in new}
    said += describe_new_servos(model, kinds, gains, ids)
    if new:
        said += _compensate_gravity(spec, model, new)
        said += _damp_implicitly(spec)
    return said


def _enable_actuation(spec: mujoco.MjSpec) -> Iterator[str]:
    disabled = int(mujoco.mjtDisableBit.mjDSBL_ACTUATION)
    if spec.option.disableflags & disabled:
        spec.option.disableflags &= ~disabled
        yield "Actuation is enabled, which the file's options disable."


def _damp_implicitly(spec: mujoco.MjSpec) -> Iterator[str]:
    """Chooses an integrator that is stable for a servo's damping where little moves with it."""
    if int(spec.option.integrator) in EXPLICIT_INTEGRATORS:
        spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
        yield "The integrator is implicitfast, for the sake of the new servos' damping."


def _remove_delays(spec: mujoco.MjSpec, model: mujoco.MjModel, joints: list[int]) -> Iterator[str]:
    """Removes the delays of actuators of some joints from the spec and the compiled model."""
    delays = model.actuator_delay.copy()
    for actuator in spec.actuators:
        actuator.nsample, actuator.delay = 0, 0.0
    model.actuator_delay[:] = 0.0
    late = [a for a in np.flatnonzero(delays) if set(driven_joints(model, a)) & set(joints)]
    if late:
        yield (
            f"Delays of {count(len(late), 'actuator')}, up to {delays[late].max():g} s, are left "
            "out: the simulator's command_delay is for that."
        )


def _actuators_by_joint(model: mujoco.MjModel) -> defaultdict[int, list[int]]:
    found: defaultdict[int, list[int]] = defaultdict(list)
    for actuator in range(model.nactuator):
        for joint in driven_joints(model, actuator):
            found[joint].append(actuator)
    return found


def _fold_dampings(
    in_spec: Mapping[int, mujoco.MjsActuator],
    model: mujoco.MjModel,
    servos: Iterable[Servo],
    on_joint: _ByJoint,
) -> Iterator[str]:
    """Adds the gains of velocity servos to the damping of the position servos of their joints."""
    folded = 0
    for servo in servos:
        bias = model.actuator_biasprm[servo.actuator].copy()
        for actuator in on_joint[servo.joint]:
            if kind(model, actuator) == _VELOCITY:
                # Damping is reflected by the square of the gear.
                gear = model.actuator_gear[model.actuator_outadr[[actuator, servo.actuator]], 0]
                bias[2] += model.actuator_biasprm[actuator, 2] * (gear[0] / gear[1]) ** 2
                in_spec[servo.actuator].biasprm = bias
                folded += 1
    if folded:
        yield f"{count(folded, _VELOCITY)} taken as damping of the position servos beside them."


def _set_aside(
    model: mujoco.MjModel, kept: set[int], servos: Mapping[int, Servo], on_joint: _ByJoint
) -> Iterator[str]:
    """Says which actuators have no part in the commands, though nothing replaces them."""
    beside = [a for joint in servos for a in on_joint[joint] if a not in kept]
    extra = [a for a in dict.fromkeys(beside) if kind(model, a) != _VELOCITY]
    driving = {actuator for found in on_joint.values() for actuator in found}
    others = [a for a in range(model.nactuator) if a not in driving]
    for indices, why in ((extra, "a position servo moves the same joint"), (others, "on no joint")):
        if indices:
            names = ", ".join(model.actuator(a).name or f"number {a}" for a in indices)
            yield f"{count(len(indices), 'actuator')} set aside ({why}): {names}."


def _kind_on(model: mujoco.MjModel, actuators: Sequence[int]) -> str:
    return kind(model, actuators[0]) if actuators else _NONE


def _compensate_gravity(
    spec: mujoco.MjSpec, model: mujoco.MjModel, joints: Sequence[int]
) -> Iterator[str]:
    """Sets gravcomp=1 on the bodies that some joints carry, unless the file compensates already."""
    carried = np.zeros(model.nbody, bool)
    carried[model.jnt_bodyid[list(joints)]] = True
    for body in range(1, model.nbody):  # Parents come before their children.
        carried[body] |= carried[model.body_parentid[body]]
    bodies = {body.id: body for body in spec.bodies}
    changed = np.flatnonzero(carried & (model.body_gravcomp == 0) & (model.body_mass > 0))
    for body in changed:
        bodies[int(body)].gravcomp = 1.0
    if len(changed):
        yield (
            f"Gravity is compensated on {count(len(changed), 'body')} that these servos carry "
            "(gravcomp=1), as real controllers do."
        )
