"""Limits of joints: the positions that they can be commanded to, and their largest torques."""

import mujoco
import numpy as np

from arm_sim.common.arrays import Floats
from arm_sim.robot_description.actuators import can_act, driven_joints, kind
from arm_sim.robot_description.couplings import Line, followers, tendon_length
from arm_sim.robot_description.servos import Servo, find_servos

# Ranges that differ by less than this are equal but for rounding, rad or m.
_ROUNDING = 1e-6


def joint_ranges(model: mujoco.MjModel) -> tuple[Floats, Floats]:
    """Returns (J,) lower and (J,) upper ends of the joints' ranges, infinite where there is none.

    MuJoCo pushes a joint back from its `margin` before the end of the range, so that is where the
    range ends here.
    """
    limited, margin = model.jnt_limited.astype(bool), model.jnt_margin
    lower, upper = model.jnt_range.T
    return (
        np.where(limited, lower + margin, -np.inf),
        np.where(limited, upper - margin, np.inf),
    )


def command_limits(model: mujoco.MjModel) -> tuple[Floats, Floats]:
    """Returns (J,) lowest and (J,) highest positions that each joint can be commanded to, rad or m.

    They are the ends of the joint's range. Where it has a servo, the range is narrowed by the
    servo's `ctrlrange` and `actrange`, the ranges of the joints that follow it, and those of fixed
    tendons over them.
    """
    lower, upper = joint_ranges(model)
    commanded_lower, commanded_upper = lower.copy(), upper.copy()
    for joint, (servo, *_) in find_servos(model).items():
        for low, high in _narrower_ranges(model, servo, lower, upper):
            if low > commanded_lower[joint] + _ROUNDING:
                commanded_lower[joint] = low
            if high < commanded_upper[joint] - _ROUNDING:
                commanded_upper[joint] = high
    return commanded_lower, commanded_upper


def _narrower_ranges(
    model: mujoco.MjModel, servo: Servo, lower: Floats, upper: Floats
) -> list[tuple[float, float]]:
    """Ranges of a servo's joint, of which the commands must keep each."""
    moved = followers(model, servo.joint)
    ranges = [servo.reach]
    for joint, line in moved.items():
        ranges.append(_back(line, float(lower[joint]), float(upper[joint])))
    for tendon in np.flatnonzero(model.tendon_limited):
        length = tendon_length(model, int(tendon), moved)
        if length is not None and length.ratio:
            low, high = model.tendon_range[tendon]
            margin = model.tendon_margin[tendon]
            ranges.append(_back(length, float(low + margin), float(high - margin)))
    return ranges


def _back(line: Line, low: float, high: float) -> tuple[float, float]:
    """The range of q for which line.ratio · q + line.shift is from low to high."""
    ends = [(end - line.shift) / line.ratio for end in (low, high)]
    return min(ends), max(ends)


def torque_limits(model: mujoco.MjModel) -> Floats:
    """Returns (J,) the largest torque of each joint's actuators, N·m or N; inf where none is given.

    The narrowest of: the joint's `actuatorfrcrange`; for each actuator that moves it, the
    `forcerange`, the tendon's `actuatorfrcrange`, and a motor's `ctrlrange` times its gain, each
    times the gear and the tendon's coefficient. Of a range that is not symmetric the larger end
    counts.
    """
    limits = np.full(model.njnt, np.inf)
    limited = model.jnt_actfrclimited.astype(bool)
    limits[limited] = np.abs(model.jnt_actfrcrange[limited]).max(axis=1)
    for actuator in range(model.nactuator):
        force = _largest_force(model, actuator)
        if not can_act(model, actuator) or not np.isfinite(force):
            continue
        for joint in driven_joints(model, actuator):
            if leverage := _leverage(model, actuator, joint):
                limits[joint] = min(limits[joint], force * leverage)
    return limits


def _largest_force(model: mujoco.MjModel, actuator: int) -> float:
    """The largest force of an actuator before its transmission; inf where it has no limit."""
    forces = [np.inf]
    if model.actuator_forcelimited[actuator]:
        forces.append(np.abs(model.actuator_forcerange[actuator]).max())
    control = model.actuator_ctrladr[actuator]
    if kind(model, actuator) == "motor" and model.actuator_ctrllimited[control]:
        largest = np.abs(model.actuator_ctrlrange[control]).max()
        forces.append(largest * abs(model.actuator_gainprm[actuator, 0]))
    tendon = model.actuator_trnid[actuator, 0]
    by_tendon = model.actuator_trntype[actuator] == mujoco.mjtTrn.mjTRN_TENDON.value
    if by_tendon and model.tendon_actfrclimited[tendon]:
        gear = abs(model.actuator_gear[model.actuator_outadr[actuator], 0]) or 1.0
        forces.append(np.abs(model.tendon_actfrcrange[tendon]).max() / gear)
    return float(min(forces))


def _leverage(model: mujoco.MjModel, actuator: int, joint: int) -> float:
    """Torque on a joint per force of an actuator that moves it."""
    gear = float(model.actuator_gear[model.actuator_outadr[actuator], 0])
    if model.actuator_trntype[actuator] != mujoco.mjtTrn.mjTRN_TENDON.value:
        return abs(gear)
    alone = {other: Line(float(other == joint), 0.0) for other in driven_joints(model, actuator)}
    length = tendon_length(model, int(model.actuator_trnid[actuator, 0]), alone)
    return abs(gear * length.ratio) if length is not None else 0.0
