"""What kinds of actuators a compiled model has, and which of them can act."""

import mujoco

_SCALAR_JOINTS = (mujoco.mjtTrn.mjTRN_JOINT.value, mujoco.mjtTrn.mjTRN_JOINTINPARENT.value)
_OWN_KINDS = {
    mujoco.mjtGain.mjGAIN_MUSCLE.value: "muscle",
    mujoco.mjtGain.mjGAIN_DCMOTOR.value: "DC motor",
    mujoco.mjtGain.mjGAIN_SO3.value: "orientation servo",
}
# Groups outside of this range can't be disabled.
_LAST_GROUP = 30


def driven_joints(model: mujoco.MjModel, actuator: int) -> tuple[int, ...]:
    """Returns the hinges and slides that an actuator moves directly or through a fixed tendon.

    Empty for other transmissions (sites, bodies, slider-cranks, spatial tendons), whose effect on a
    joint changes with the posture.
    """
    transmission, target = model.actuator_trntype[actuator], model.actuator_trnid[actuator, 0]
    if transmission in _SCALAR_JOINTS:
        return (int(target),) if is_scalar(model, target) else ()
    if transmission == mujoco.mjtTrn.mjTRN_TENDON.value and is_fixed_tendon(model, target):
        return tendon_joints(model, target)
    return ()


def actuated_joints(model: mujoco.MjModel) -> set[int]:
    """Returns the indices of the joints that an actuator of any kind moves; see `driven_joints`."""
    return {joint for a in range(model.nactuator) for joint in driven_joints(model, a)}


def is_scalar(model: mujoco.MjModel, joint: int) -> bool:
    """Returns whether a joint has one position: whether it is a hinge or a slide."""
    kinds = (mujoco.mjtJoint.mjJNT_HINGE.value, mujoco.mjtJoint.mjJNT_SLIDE.value)
    return model.jnt_type[joint] in kinds


def is_fixed_tendon(model: mujoco.MjModel, tendon: int) -> bool:
    """Returns whether a tendon's length is a weighted sum of joint positions."""
    first = model.tendon_adr[tendon]
    return bool(model.wrap_type[first] == mujoco.mjtWrap.mjWRAP_JOINT.value)


def tendon_joints(model: mujoco.MjModel, tendon: int) -> tuple[int, ...]:
    """Returns the joints of a fixed tendon, in the order of the file."""
    first, count = model.tendon_adr[tendon], model.tendon_num[tendon]
    return tuple(int(joint) for joint in model.wrap_objid[first : first + count])


def can_act(model: mujoco.MjModel, actuator: int) -> bool:
    """Returns whether an actuator is neither in a disabled group nor disabled with all others."""
    if model.opt.disableflags & mujoco.mjtDisableBit.mjDSBL_ACTUATION.value:
        return False
    group = int(model.actuator_group[actuator])
    return not (0 <= group <= _LAST_GROUP and model.opt.disableactuator >> group & 1)


def kind(model: mujoco.MjModel, actuator: int) -> str:
    """Returns the kind of an actuator that is no position servo, in the singular, for messages.

    It is judged by what the actuator computes, not by the element that it was written with: force =
    gain · (control or activation) + bias; see
    https://mujoco.readthedocs.io/en/stable/computation/index.html#force-generation.
    """
    gain, bias = model.actuator_gainprm[actuator], model.actuator_biasprm[actuator]
    if model.actuator_plugin[actuator] >= 0:
        return "plugin actuator"
    if not can_act(model, actuator):
        return "disabled actuator"
    if model.actuator_trntype[actuator] == mujoco.mjtTrn.mjTRN_BODY.value:
        return "adhesion actuator"
    if (own := _OWN_KINDS.get(model.actuator_gaintype[actuator])) is not None:
        return own
    if model.actuator_gaintype[actuator] == mujoco.mjtGain.mjGAIN_AFFINE.value and gain[2]:
        return "damper"
    if model.actuator_gaintype[actuator] != mujoco.mjtGain.mjGAIN_FIXED.value:
        return "actuator of another kind"
    if model.actuator_ctrlspec[actuator] == mujoco.mjtCtrlInput.mjINPUT_PRESSURE.value:
        return "cylinder"
    if not has_affine_bias(model, actuator) or not bias[:3].any():
        return "motor"
    if bias[1] < 0 and model.actuator_dyntype[actuator] == mujoco.mjtDyn.mjDYN_INTEGRATOR.value:
        return "integrated velocity servo"
    return "velocity servo" if bias[1] == 0 and bias[2] < 0 else "actuator of another kind"


def has_affine_bias(model: mujoco.MjModel, actuator: int) -> bool:
    """Returns whether an actuator's bias parameters count at all."""
    return bool(model.actuator_biastype[actuator] == mujoco.mjtBias.mjBIAS_AFFINE.value)
