"""Position servos of a compiled model: how a joint's position command becomes a control value."""

from dataclasses import dataclass

import mujoco
import numpy as np

from arm_sim.robot_description.actuators import can_act, driven_joints, has_affine_bias
from arm_sim.robot_description.couplings import Line, followers, moved_by_tendon, tendon_length
from arm_sim.robot_description.springs import spring_force

_WITHOUT_STATE = mujoco.mjtDyn.mjDYN_NONE.value
_FILTERS = (mujoco.mjtDyn.mjDYN_FILTER.value, mujoco.mjtDyn.mjDYN_FILTEREXACT.value)
_POSITION_INPUT = mujoco.mjtCtrlInput.mjINPUT_POS.value


@dataclass(frozen=True)
class Servo:
    """An actuator that brings a joint to rest at a commanded position.

    Its control value is scale · position + offset.

    Attributes:
        joint: Index of the joint that it serves.
        actuator: Index of the actuator.
        control: Index of its position set point among the model's controls.
        set_points: Indices of the activations that equal the control at rest: filters.
        activations: Indices of all its activations; the others are 0 at rest.
        scale: Control per position, 1/rad or 1/m times the unit of the control.
        offset: Control at position 0.
        stiffness: Its torque on the joint per deviation of the joint, N·m/rad or N/m.
        control_range: Lowest and highest control; infinite where it is not limited.
    """

    joint: int
    actuator: int
    control: int
    set_points: tuple[int, ...]
    activations: tuple[int, ...]
    scale: float
    offset: float
    stiffness: float
    control_range: tuple[float, float]

    @property
    def reach(self) -> tuple[float, float]:
        """Lowest and highest position that a control within the range commands, rad or m."""
        ends = [(control - self.offset) / self.scale for control in self.control_range]
        return min(ends), max(ends)


def find_servos(model: mujoco.MjModel) -> dict[int, list[Servo]]:
    """Returns the position servos of each joint that has any, by the joint's index, stiffest first.

    A servo of a fixed tendon serves the tendon's first joint. Left out are actuators whose set
    point is no position (motors, velocity servos, also integrated ones), that MuJoCo ignores
    (disabled groups), that act on no single joint (sites, bodies, spatial tendons), or whose state
    can't be placed with the joints (plugins, delays).
    """
    found: dict[int, list[Servo]] = {}
    for actuator in range(model.nactuator):
        if (servo := _servo(model, actuator)) is not None:
            found.setdefault(servo.joint, []).append(servo)
    for servos in found.values():
        servos.sort(key=lambda servo: -servo.stiffness)
    return found


def is_delayed(model: mujoco.MjModel, actuator: int) -> bool:
    """Returns whether an actuator acts on controls of the past."""
    return bool(model.actuator_delay[actuator] > 0)


def _servo(model: mujoco.MjModel, actuator: int) -> Servo | None:
    gain = _position_gain(model, actuator)
    joints = driven_joints(model, actuator)
    if not gain or not joints or not can_act(model, actuator) or is_delayed(model, actuator):
        return None
    moved, length = _transmission(model, actuator, joints[0])
    if length is None or not length.ratio:
        return None
    constant, slope = model.actuator_biasprm[actuator, :2]
    if not slope < 0:  # It drives away from its set point.
        return None
    # At rest: ratio · (gain · control + constant + slope · length) + spring = 0.
    spring = spring_force(model, moved)
    scale = (-slope * length.ratio - spring.ratio / length.ratio) / gain
    if not scale:
        return None
    offset = (-constant - slope * length.shift - spring.shift / length.ratio) / gain
    first = max(int(model.actuator_actadr[actuator]), 0)
    activations = tuple(range(first, first + int(model.actuator_actnum[actuator])))
    return Servo(
        joint=joints[0],
        actuator=actuator,
        control=int(model.actuator_ctrladr[actuator]),
        set_points=activations[: _number_of_set_points(model, actuator)],
        activations=activations,
        scale=float(scale),
        offset=float(offset),
        stiffness=float(-slope * length.ratio**2),
        control_range=_control_range(model, actuator),
    )


def _position_gain(model: mujoco.MjModel, actuator: int) -> float:
    """The force per position set point; 0 if the actuator's control is no such set point."""
    gain_type, dynamics = model.actuator_gaintype[actuator], model.actuator_dyntype[actuator]
    if not has_affine_bias(model, actuator) or model.actuator_plugin[actuator] >= 0:
        return 0.0
    if gain_type == mujoco.mjtGain.mjGAIN_PID.value:
        has_set_point = model.actuator_ctrlspec[actuator] & _POSITION_INPUT
        return -float(model.actuator_biasprm[actuator, 1]) if has_set_point else 0.0
    constant, *varying = model.actuator_gainprm[actuator, :3]
    is_fixed = gain_type == mujoco.mjtGain.mjGAIN_FIXED.value or (
        gain_type == mujoco.mjtGain.mjGAIN_AFFINE.value and not any(varying)
    )
    return float(constant) if is_fixed and dynamics in (_WITHOUT_STATE, *_FILTERS) else 0.0


def _transmission(
    model: mujoco.MjModel, actuator: int, joint: int
) -> tuple[dict[int, Line], Line | None]:
    """The joints that move with the served one, and the actuator's length, as lines of it."""
    gear = float(model.actuator_gear[model.actuator_outadr[actuator], 0])
    if model.actuator_trntype[actuator] != mujoco.mjtTrn.mjTRN_TENDON.value:
        return followers(model, joint), Line(gear, 0.0)
    tendon = int(model.actuator_trnid[actuator, 0])
    moved = moved_by_tendon(model, tendon)
    length = tendon_length(model, tendon, moved)
    return moved, None if length is None else Line(gear, 0.0).at(length)


def _number_of_set_points(model: mujoco.MjModel, actuator: int) -> int:
    """How many of an actuator's first activations are set points; the rest are integrals.

    A <pid> has the rate-limited set point, if its second dynamics parameter is above 0, and then
    the integral: https://mujoco.readthedocs.io/en/stable/XMLreference.html#actuator-pid.
    """
    if model.actuator_dyntype[actuator] == mujoco.mjtDyn.mjDYN_PID.value:
        return int(model.actuator_dynprm[actuator, 1] > 0)
    return int(model.actuator_dyntype[actuator] in _FILTERS)


def _control_range(model: mujoco.MjModel, actuator: int) -> tuple[float, float]:
    control = model.actuator_ctrladr[actuator]
    ranges = [np.array([-np.inf, np.inf])]
    clamped = not model.opt.disableflags & mujoco.mjtDisableBit.mjDSBL_CLAMPCTRL.value
    if clamped and model.actuator_ctrllimited[control]:
        ranges.append(model.actuator_ctrlrange[control])
    if _number_of_set_points(model, actuator) and model.actuator_actlimited[actuator]:
        ranges.append(model.actuator_actrange[actuator])
    lower, upper = np.transpose(ranges)
    return float(lower.max()), float(upper.min())
