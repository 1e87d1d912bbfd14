"""Check in simulation: arm joints sent as far ahead as the shield allows move and rest as they can.

A simulation that chatters holds home well and still can't be trained on.
"""

import numpy as np
from numpy.typing import NDArray

from arm_sim.common.arrays import Floats
from arm_sim.robot.robot import Robot
from arm_sim.scene.motion_trials import run_motion_trials
from arm_sim.scene.rotor_inertia import LEAD_SECONDS, missing_inertia
from arm_sim.validation.findings import Findings, error, fine, warning

_LEAST_INERTIA = 1e-3  # kg·m² or kg


def check_motion(robot: Robot) -> Findings:
    """Checks speed, rest and arrival of each arm joint, sent ahead from home and other postures."""
    trials = run_motion_trials(robot)
    sent = f"Sent {LEAD_SECONDS:g} s ahead at the velocity limit"
    if trials.restless.any():
        joints = _list(robot, trials.restless, trials.vibrations)
        yield error(
            f"{sent}, these joints do not come to rest (their speed to and fro, in multiples of "
            f"the velocity limit; inf: the simulation diverges): {joints}. {_cure(robot)}"
        )
    fast = trials.fast & ~trials.restless
    if fast.any():
        joints = _list(robot, fast, trials.speeds)
        yield error(
            f"{sent}, these joints move much faster than a real drive (in multiples of the "
            f"velocity limit): {joints}. {_cure(robot)}"
        )
    if trials.late.any() and trials.passed:
        joints = _list(robot, trials.late, trials.misses)
        yield warning(
            f"{sent}, these joints are still away from their target after 2 s, by this share of "
            f"the way: {joints}. Their actuators are weak or slow: raise forcerange or kp."
        )
    if trials.passed and not trials.late.any():
        yield fine(
            f"{sent}, every arm joint arrives and rests within 2 s, at up to "
            f"{trials.speeds.max():.1f} times its velocity limit."
        )


def _list(robot: Robot, chosen: NDArray[np.bool_], values: Floats) -> str:
    names = [robot.joint_names[joint] for joint in robot.arm[chosen]]
    return ", ".join(
        f"{name} ({value:.2g})" for name, value in zip(names, values[chosen], strict=True)
    )


def _cure(robot: Robot) -> str:
    """What to write into the scene YAML: the missing inertia, else a shorter timestep."""
    armature = robot.model.dof_armature[robot.arm]
    missing = missing_inertia(robot)
    lines = ", ".join(
        f"{robot.joint_names[joint]}: {old + more:.2g}"
        for joint, old, more in zip(robot.arm, armature, missing, strict=True)
        if more > _LEAST_INERTIA
    )
    timestep = robot.model.opt.timestep / 2
    if lines:
        return (
            f"Add the inertia of their motors' rotors (armature), in a scene YAML 'rotor_inertia: "
            f"{{{lines}}}', or shorten the timestep, 'timestep: {timestep:g}'."
        )
    return (
        f"Lower the actuators' kp, kv or forcerange, or shorten the timestep, in a scene YAML "
        f"'timestep: {timestep:g}'."
    )
