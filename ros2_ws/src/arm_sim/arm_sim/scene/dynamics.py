"""Chooses the timestep and what the joints lack, so that an arm's simulation can be trained on."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import mujoco
import numpy as np
from numpy.typing import NDArray

from arm_sim.common.arrays import Floats
from arm_sim.robot.robot import Robot
from arm_sim.robot.rules.timing import CONTROL_PERIOD_NS
from arm_sim.scene.motion_trials import MotionTrials, run_motion_trials
from arm_sim.scene.rotor_inertia import arm_servos, missing_inertia, smallest_inertia

_TIMESTEPS_NS = (5_000_000, 2_500_000, 2_000_000, 1_000_000)
_CURES = 3
# An added inertia of a smaller share than this changes nothing.
_SMALL_SHARE = 0.05
# At full torque a joint with added damping turns no faster than this multiple of its limit.
_LARGEST_STEADY_SPEED = 3.0


@dataclass(frozen=True)
class Dynamics:
    """What a scene sets for its physics.

    Attributes:
        timestep: Seconds of one step of the simulation.
        rotor_inertia: Of the motor's rotor seen at the joint (armature), by joint, kg·m² or kg;
            the file's elsewhere.
        joint_damping: By joint, N·m·s/rad or N·s/m; the file's elsewhere.
    """

    timestep: float
    rotor_inertia: dict[str, float] = field(default_factory=dict)
    joint_damping: dict[str, float] = field(default_factory=dict)


Build = Callable[[Dynamics], Robot]


def apply_dynamics(spec: mujoco.MjSpec, dynamics: Dynamics) -> None:
    """Writes the dynamics into a spec.

    The integrator becomes implicitfast unless it is an implicit one already, as the explicit ones
    are unstable with the damping of stiff servos, see
    https://mujoco.readthedocs.io/en/stable/computation/index.html#numerical-integration.
    """
    spec.option.timestep = dynamics.timestep
    if spec.option.integrator != mujoco.mjtIntegrator.mjINT_IMPLICIT:
        spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    for joint, armature in dynamics.rotor_inertia.items():
        spec.joint(joint).armature = armature
    for joint, damping in dynamics.joint_damping.items():
        spec.joint(joint).damping = (damping, 0.0, 0.0)


def choose_dynamics(
    build: Build, file_timestep: float, timesteps: Sequence[float] | None = None
) -> tuple[Dynamics, MotionTrials]:
    """Returns the cheapest dynamics that pass the motion trials, and their trials.

    The longest timestep comes first. With it the arm is tried as its file has it. If a joint is too
    fast or restless, each joint gets the inertia that it lacks by `missing_inertia`, and those of
    them that have hardly any damping get some. Then joints that are still restless get twice their
    inertia, up to two times, and those that are only too fast get damping. If nothing passes, the
    last attempt is returned.

    Args:
        build: Makes the robot with given dynamics, otherwise the same each time.
        file_timestep: The timestep of the robot's file, s.
        timesteps: The timesteps to try, s; None for the usual ones.
    """
    for timestep in timesteps or _timesteps(file_timestep):
        dynamics = Dynamics(timestep)
        robot = build(dynamics)
        trials = run_motion_trials(robot)
        for _ in range(_CURES):
            if trials.passed:
                break
            dynamics = _cure(robot, dynamics, trials)
            robot = build(dynamics)
            trials = run_motion_trials(robot)
        if trials.passed:
            break
    return dynamics, trials


def describe_dynamics(dynamics: Dynamics, file_timestep: float) -> list[str]:
    """Returns sentences for the user on what differs from the robot's file."""
    sentences = []
    if not np.isclose(dynamics.timestep, file_timestep):
        sentences.append(
            f"The timestep is {1e3 * dynamics.timestep:g} ms (the file's: "
            f"{1e3 * file_timestep:g} ms), with which all joints move and come to rest as they do "
            "with shorter ones."
        )
    if dynamics.rotor_inertia:
        sentences.append(
            "Inertia of the motors' rotors (armature), without which strong servos shake light "
            f"links: {_list(dynamics.rotor_inertia)} kg·m²."
        )
    if dynamics.joint_damping:
        sentences.append(
            "Damping, without which the servos turn their joints much faster than the velocity "
            f"limit: {_list(dynamics.joint_damping)} N·m·s/rad."
        )
    return sentences


def _timesteps(file_timestep: float) -> list[float]:
    """The timesteps to try, s, longest first; longer than 5 ms only if it is the file's own."""
    own = round(file_timestep * 1e9)
    longer = own > _TIMESTEPS_NS[0] and CONTROL_PERIOD_NS % own == 0
    return [ns / 1e9 for ns in ((own,) if longer else ()) + _TIMESTEPS_NS]


def _cure(robot: Robot, dynamics: Dynamics, trials: MotionTrials) -> Dynamics:
    """More inertia for joints that lack it or are restless, damping for those without or too fast.

    The damping d of a drive is what the torque T falls by with its speed, mainly by the motor's
    back-EMF, so that it turns no faster than T / d.
    """
    servos, missing, felt = arm_servos(robot), missing_inertia(robot), smallest_inertia(robot)
    limits = robot.velocity_limits[robot.arm]
    drive = servos.torque / (_LARGEST_STEADY_SPEED * limits)
    own = robot.model.dof_damping[robot.arm]
    undamped = (trials.fast | trials.restless) & (own + servos.damping < drive)
    added = np.where(trials.restless & ~undamped, np.maximum(missing, felt), missing)
    heavier = added > _SMALL_SHARE * felt
    armature = robot.model.dof_armature[robot.arm] + added
    damped = undamped | (trials.fast & ~heavier)
    return replace(
        dynamics,
        rotor_inertia=dynamics.rotor_inertia | _by_name(robot, armature, heavier),
        joint_damping=dynamics.joint_damping
        | _by_name(robot, np.maximum(drive, 2.0 * own), damped),
    )


def _by_name(robot: Robot, values: Floats, chosen: NDArray[np.bool_]) -> dict[str, float]:
    """The chosen values (A,) by the names of the arm's joints, rounded up to two digits."""
    return {
        robot.joint_names[joint]: _round_up(value)
        for joint, value, used in zip(robot.arm, values.tolist(), chosen, strict=True)
        if used
    }


def _round_up(value: float) -> float:
    digits = 1 - math.floor(math.log10(value))
    return round(math.ceil(round(value * 10.0**digits, 6)) / 10.0**digits, digits)


def _list(values: dict[str, float]) -> str:
    return ", ".join(f"{joint} {value:g}" for joint, value in values.items())
