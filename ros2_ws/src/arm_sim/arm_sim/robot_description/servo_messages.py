"""Sentences on the position servos that a robot's joints were given."""

from collections.abc import Iterator, Mapping, Sequence

import mujoco

from arm_sim.common.arrays import Floats
from arm_sim.robot_description.servo_gains import ServoGains


def describe_new_servos(
    model: mujoco.MjModel, kinds: Mapping[int, str], gains: ServoGains, joints: Sequence[int]
) -> Iterator[str]:
    """Yields a sentence for each kind of actuator that was replaced, and those on weak torques.

    Args:
        model: The compiled model, as it was before.
        kinds: By joint: the kind of actuator that its new servo replaces.
        gains: The gains of K joints.
        joints: The indices of these joints.
    """
    slide = mujoco.mjtJoint.mjJNT_SLIDE.value
    groups: dict[tuple[str, bool], list[int]] = {}
    for joint, kind in kinds.items():
        row = list(joints).index(joint)
        groups.setdefault((kind, bool(model.jnt_type[joint] == slide)), []).append(row)
    for (kind, slides), rows in groups.items():
        stiffness_unit, unit = ("N/m", "N") if slides else ("N·m/rad", "N·m")
        given = gains.from_file[rows]
        source = "from the file" if given.all() else "from inertia and gravity"
        if given.any() and not given.all():
            source = f"{given.sum()} of them from the file, else from inertia and gravity"
        verb = "get" if kind.startswith("joint") else "replaced by"
        yield (
            f"{count(len(rows), kind)} {verb} position servos: kp "
            f"{_span(gains.stiffness[rows])} {stiffness_unit}, critically damped, at most "
            f"{_span(gains.torque[rows])} {unit} ({source}){_armature(gains.armature[rows])}."
        )
    weak = [
        f"{model.joint(joint).name} ({gains.torque[row]:.3g}, gravity {gains.gravity[row]:.3g})"
        for row, joint in enumerate(joints)
        if joint in kinds and gains.torque[row] < gains.gravity[row]
    ]
    if weak:
        yield (
            "The file limits these joints to less than gravity's torque on them, N·m or N: "
            f"{', '.join(weak)}."
        )


def _armature(values: Floats) -> str:
    light = values[values > 0]
    if not len(light):
        return ""
    return f"; {count(len(light), 'light joint')} with a rotor inertia of {_span(light)} kg·m²"


def count(number: int, noun: str) -> str:
    """Returns a number with a noun, in the plural unless it is 1, for instance '2 bodies'."""
    if number != 1:
        first, _, rest = noun.partition(" ")
        if first in ("joint", "actuator") and rest:
            noun = f"{first}s {rest}"
        else:
            noun = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number} {noun}"


def _span(values: Floats) -> str:
    low, high = (f"{v:.2g}" if v < 10 else f"{v:.0f}" for v in (values.min(), values.max()))
    return low if low == high else f"{low} to {high}"
