"""What a little simulation shows of an arm: no training is needed to know that it would fail."""

from collections.abc import Callable

import mujoco
import numpy as np

from arm_sim.common.errors import UserError
from arm_sim.robot.robot import Floats, Kinematics, Robot
from arm_sim.robot.urdf import urdf
from arm_sim.simulation.simulation import Simulation
from arm_sim.validation.findings import Findings, error, fine, listed, warning

CONTROL_PERIOD = 0.05
# Training draws targets from where the tool is at arm positions so near home, rad.
TARGET_SPREAD = 0.9
_POSES, _CHUNK = 20_000, 1_000
_CELLS = 4  # To each side of the workspace box.
_HOLD_SECONDS, _HOLD_ERROR = 2.0, 0.02
_STEP, _STEP_SECONDS, _STEP_ERROR = 0.1, 1.0, 0.02
_SLOW = 0.25


def _contacts(robot: Robot) -> Findings:
    model, data = robot.model, mujoco.MjData(robot.model)
    data.qpos[:] = robot.home
    mujoco.mj_forward(model, data)
    pairs = set()
    for one, other in data.contact.geom[data.contact.dist < 0]:
        pairs.add(" and ".join(_geom_name(model, geom) for geom in (one, other)))
    if pairs:
        yield warning(f"At home these touch: {'; '.join(sorted(pairs))}.")
    else:
        yield fine("At home nothing touches.")


def _holding(robot: Robot) -> Findings:
    simulation = _simulation(robot, 1)
    for _ in range(_periods(_HOLD_SECONDS, simulation)):
        if simulation.step(simulation.commands):
            yield error(
                "Told to stay at home, the simulation diverges: lower the actuators' kp or the "
                "timestep, or look for bodies with hardly any mass."
            )
            return
    moved = np.abs(simulation.positions[0] - robot.home)
    weak = [i for i in robot.arm if moved[i] > _HOLD_ERROR]
    if weak:
        far = [f"{robot.joint_names[i]} ({moved[i]:.2f})" for i in weak]
        yield warning(
            f"Told to stay at home for {_HOLD_SECONDS:g} s, these were off by so many rad: "
            f"{listed(far)}. Their actuators are too weak against gravity: raise kp and "
            'forcerange, or give the arm\'s bodies gravcomp="1".'
        )
    else:
        yield fine(f"Holds home within {moved[robot.arm].max():.4f} rad.")
    if (moved[robot.target] > 1e-3).any():
        yield error(
            'The target moves by itself: give its body gravcomp="1" and its geoms contype="0" '
            'conaffinity="0".'
        )


def _moving(robot: Robot) -> Findings:
    """Each arm joint in a world of its own is sent a little away from home."""
    arms = len(robot.arm)
    simulation = _simulation(robot, arms)
    commands = simulation.commands
    hinges = robot.model.jnt_type[robot.arm] == mujoco.mjtJoint.mjJNT_HINGE.value
    lower, upper = robot.lower[robot.arm], robot.upper[robot.arm]
    # A tenth of a slide's range, where a tenth of a metre may be more than all of it.
    sizes = np.where(hinges, _STEP, np.minimum(_STEP, (upper - lower) / 10))
    steps = np.where(robot.home[robot.arm] + sizes <= upper, sizes, -sizes)
    own = np.arange(arms), robot.arm
    start = simulation.positions[own]
    commands[np.arange(arms), np.arange(arms)] += steps
    went = []
    for _ in range(_periods(_STEP_SECONDS, simulation)):
        if simulation.step(commands):
            yield error("Sent 0.1 rad from home, the simulation diverges: lower the actuators' kp.")
            return
        went.append((simulation.positions[own] - start) / steps)
    away = np.abs(np.array(went) - 1) * _STEP > _STEP_ERROR
    late = [
        f"{robot.joint_names[joint]} ({part:.0%})"
        for joint, part, missed in zip(robot.arm, went[-1], away[-1], strict=True)
        if missed
    ]
    # The last period in which it was not there yet.
    seconds = (np.arange(1, len(away) + 1)[:, None] * away).max(axis=0) * simulation.control_period
    slowest = robot.joint_names[robot.arm[seconds.argmax()]]
    if late:
        yield warning(
            f"Sent 0.1 rad from home, these did not arrive within {_STEP_SECONDS:g} s, but came "
            f"so far: {listed(late)}. Their actuators are too weak or too soft, or something is in "
            "the way."
        )
    elif seconds.max() > _SLOW:
        yield warning(
            f"Sent 0.1 rad from home, {slowest} takes {seconds.max():.2f} s to arrive. A policy "
            "learns faster on a quicker arm: raise kp and forcerange if the real one is quicker."
        )
    else:
        yield fine(
            f"Sent 0.1 rad from home, the slowest arm joint, {slowest}, arrives within "
            f"{seconds.max() + simulation.control_period:.2f} s."
        )


def _reach(robot: Robot) -> Findings:
    home, arm = robot.home[robot.arm], robot.arm
    spread = np.random.default_rng(0).uniform(
        -TARGET_SPREAD, TARGET_SPREAD, (_POSES // _CHUNK, _CHUNK, len(arm))
    )
    kinematics = Kinematics(robot, _CHUNK)
    chunks = []
    for away in spread:
        positions = np.tile(robot.home, (_CHUNK, 1))
        positions[:, arm] = np.clip(home + away, robot.lower[arm], robot.upper[arm])
        chunks.append(kinematics.tool_positions(positions))
    tools: Floats = np.concatenate(chunks)
    if np.ptp(tools, axis=0).max() < 1e-6:
        yield error(f"tool_frame: {robot.tool_frame} does not move with the arm.")
        return
    lower, upper = robot.workspace
    inside = tools[((tools > lower) & (tools < upper)).all(axis=1)]
    share = len(inside) / len(tools)
    cells = {tuple(cell) for cell in ((inside - lower) / (upper - lower) * _CELLS).astype(int)}
    filled = len(cells) / _CELLS**3
    text = (
        f"{share:.0%} of the arm positions within {TARGET_SPREAD} rad of home put the tool into "
        f"the workspace, and they fill {filled:.0%} of it."
    )
    common = np.percentile(tools, (10, 90), axis=0).round(2).tolist()
    hint = f" Mostly the tool is between {common[0]} and {common[1]}."
    if not len(inside):
        yield error(
            f"No arm position within {TARGET_SPREAD} rad of home puts the tool into the "
            f"workspace.{hint}"
        )
    elif share < 0.02 or filled < 0.5:
        yield warning(f"{text} Move home or the workspace.{hint}")
    else:
        yield fine(text)


def _description(robot: Robot) -> Findings:
    try:
        text = urdf(robot)
    except UserError as wrong:
        yield error(str(wrong))
        return
    yield fine(f"As URDF: {text.count('<link ')} links, {robot.model.nmesh} meshes.")


def _geom_name(model: mujoco.MjModel, geom: int) -> str:
    body = model.body(model.geom_bodyid[geom]).name or "?"
    return model.geom(geom).name or f"a geom of {body}"


def _simulation(robot: Robot, arms: int) -> Simulation:
    """Its periods are near the control period, whatever the timestep."""
    step_ns = round(robot.model.opt.timestep * 1e9)
    return Simulation(robot, arms, max(1, round(CONTROL_PERIOD * 1e9 / step_ns)) * step_ns / 1e9)


def _periods(seconds: float, simulation: Simulation) -> int:
    return round(seconds / simulation.control_period)


ROBOT_CHECKS: tuple[Callable[[Robot], Findings], ...] = (
    _contacts,
    _holding,
    _moving,
    _reach,
    _description,
)
