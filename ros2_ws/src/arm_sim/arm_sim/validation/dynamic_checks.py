"""Checks in simulation: contacts at home, holding home, the response to a small step.

In a few seconds they find faults of an arm with which no training could succeed.
"""

import mujoco
import numpy as np

from arm_sim.common.arrays import Floats
from arm_sim.robot.robot import Robot
from arm_sim.simulation.simulation import Simulation
from arm_sim.validation.findings import Finding, Findings, error, fine, warning

_HOLD_SECONDS, _HOLD_ERROR = 2.0, 0.02  # s, rad or m
_STEP, _STEP_SECONDS, _STEP_ERROR = 0.1, 1.0, 0.02  # rad or m, s, rad or m
_SLOW = 0.25  # s


def check_contacts_at_home(robot: Robot) -> Findings:
    """Checks that no two geoms touch while all joints are at home."""
    model, data = robot.model, mujoco.MjData(robot.model)
    data.qpos[:] = robot.rest_configuration
    mujoco.mj_forward(model, data)
    pairs = {
        " and ".join(_geom_name(model, geom) for geom in pair)
        for pair in data.contact.geom[data.contact.dist < 0]
    }
    if pairs:
        yield warning(f"At home these touch: {'; '.join(sorted(pairs))}.")
    else:
        yield fine("At home nothing touches.")


def check_holding_home(robot: Robot) -> Findings:
    """Checks that the arm stays at home for two seconds when home is commanded."""
    simulation = Simulation(robot, 1)
    for _ in range(_periods(_HOLD_SECONDS, simulation)):
        if simulation.step(simulation.commands):
            yield error(
                "While home is commanded, the simulation diverges: lower the actuators' kp or the "
                "timestep, or look for bodies with hardly any mass."
            )
            return
    moved = np.abs(simulation.positions[0] - robot.home)
    weak = [i for i in robot.arm if moved[i] > _HOLD_ERROR]
    if weak:
        distances = [f"{robot.joint_names[i]} ({moved[i]:.2f})" for i in weak]
        yield warning(
            f"After {_HOLD_SECONDS:g} s with home commanded, these joints are away from it by "
            f"(rad): {', '.join(distances)}. Their actuators are too weak against gravity: raise "
            'kp and forcerange, or give the arm\'s bodies gravcomp="1".'
        )
    else:
        yield fine(f"Holds home within {moved[robot.arm].max():.4f} rad.")


def check_step_response(robot: Robot) -> Findings:
    """Checks that each arm joint, commanded 0.1 rad away from home, arrives, and how soon.

    A slide is commanded by at most a tenth of its range, as 0.1 m may be more than all of it.
    """
    simulation = Simulation(robot, len(robot.arm))
    hinges = robot.model.jnt_type[robot.arm] == mujoco.mjtJoint.mjJNT_HINGE.value
    lower, upper = robot.lower[robot.arm], robot.upper[robot.arm]
    sizes = np.where(hinges, _STEP, np.minimum(_STEP, (upper - lower) / 10))
    steps = np.where(robot.home[robot.arm] + sizes <= upper, sizes, -sizes)
    shares = _step_responses(robot, simulation, steps)
    if shares is None:
        yield error(
            "Commanded 0.1 rad away from home, the simulation diverges: lower the actuators' kp."
        )
        return
    yield _judge_step_responses(robot, simulation.control_period, shares)


def _step_responses(robot: Robot, simulation: Simulation, steps: Floats) -> Floats | None:
    """Commands a step (A,) of each arm joint, joint i on arm i.

    Returns (T, A) the share of its step that each joint has made in each control period; None if
    the simulation diverges.
    """
    arms = np.arange(len(robot.arm))
    commands = simulation.commands
    start = simulation.positions[arms, robot.arm]
    commands[arms, arms] += steps
    shares = []
    for _ in range(_periods(_STEP_SECONDS, simulation)):
        if simulation.step(commands):
            return None
        shares.append((simulation.positions[arms, robot.arm] - start) / steps)
    return np.array(shares)


def _judge_step_responses(robot: Robot, control_period: float, shares: Floats) -> Finding:
    missed = np.abs(shares - 1) * _STEP > _STEP_ERROR
    late = [
        f"{robot.joint_names[joint]} ({share:.0%})"
        for joint, share, joint_missed in zip(robot.arm, shares[-1], missed[-1], strict=True)
        if joint_missed
    ]
    if late:
        return warning(
            "Commanded 0.1 rad away from home, these joints did not arrive within "
            f"{_STEP_SECONDS:g} s, and covered only this share of the way: {', '.join(late)}. "
            "Raise their actuators' forcerange or kp, or remove what is in the way."
        )
    last_missed = (np.arange(1, len(missed) + 1)[:, None] * missed).max(axis=0)
    seconds = last_missed * control_period
    slowest = robot.joint_names[robot.arm[seconds.argmax()]]
    if seconds.max() > _SLOW:
        return warning(
            f"Commanded 0.1 rad away from home, {slowest} takes {seconds.max():.2f} s to arrive. A "
            "policy learns faster on a quicker arm: raise kp and forcerange if the real one is "
            "quicker."
        )
    return fine(
        f"Commanded 0.1 rad away from home, the slowest arm joint, {slowest}, arrives within "
        f"{seconds.max() + control_period:.2f} s."
    )


def _geom_name(model: mujoco.MjModel, geom: int) -> str:
    body = model.body(model.geom_bodyid[geom]).name or "?"
    return model.geom(geom).name or f"a geom of {body}"


def _periods(seconds: float, simulation: Simulation) -> int:
    return round(seconds / simulation.control_period)
