"""The inertia that each joint needs at a timestep, and how much of it the links lack.

The rotor of a geared motor turns N times as fast as the joint, so at the joint its inertia counts
N² times (MuJoCo's `armature`). For N of 50 to 160 that is often more than the links' own inertia:
some 1.2 kg·m² at the wrist of an iiwa 14, 160² × 4.54e-5 kg·m² (Drake, pull request 19344). Many
published files leave it out, so that a strong servo drives a link of hardly any inertia.
"""

from dataclasses import dataclass

import mujoco
import numpy as np

from arm_sim.common.arrays import Floats, Ints
from arm_sim.robot.robot import Robot
from arm_sim.scene.postures import random_postures

# The shield lets a target run ahead by what the joint covers in this time at its velocity limit, s.
LEAD_SECONDS = 0.3
# Largest change of a joint's speed in one timestep, as a share of its velocity limit.
_LARGEST_CHANGE = 0.5
_POSTURES = 64


@dataclass(frozen=True)
class Servos:
    """The position servos of A joints, at the joint: the gear is multiplied in.

    Attributes:
        stiffness: (A,) kp, N·m/rad or N/m.
        damping: (A,) kv, N·m·s/rad or N·s/m.
        torque: (A,) largest torque or force, N·m or N. Where the file gives none, it is what the
            servo itself asks for at a target `LEAD_SECONDS` ahead.
    """

    stiffness: Floats
    damping: Floats
    torque: Floats


def arm_servos(robot: Robot) -> Servos:
    """Returns the servos of the arm's joints."""
    model, actuators = robot.model, robot.actuators[: len(robot.arm)]
    gear = np.abs(model.actuator_gear[actuators, 0])
    stiffness = -model.actuator_biasprm[actuators, 1] * gear**2
    damping = np.maximum(-model.actuator_biasprm[actuators, 2], 0.0) * gear**2
    asked = stiffness * LEAD_SECONDS * robot.velocity_limits[robot.arm]
    by_actuator = _limit(model.actuator_forcelimited, model.actuator_forcerange, actuators) * gear
    by_joint = _limit(model.jnt_actfrclimited, model.jnt_actfrcrange, robot.arm)
    return Servos(stiffness, damping, np.minimum(asked, np.minimum(by_actuator, by_joint)))


def _limit(limited: np.ndarray, ranges: np.ndarray, rows: Ints) -> Floats:
    """(A,) the largest force of a range, infinite where there is none."""
    return np.where(limited[rows].astype(bool), np.abs(ranges[rows]).max(axis=1), np.inf)


def needed_inertia(servos: Servos, velocity_limits: Floats, timestep: float) -> Floats:
    """Returns (A,) the inertia with which servos can't chatter at a timestep, kg·m² or kg.

    It is the largest of three, with torque T, timestep h and velocity limit v:

    - 2 T h / v: a full torque changes the speed by at most half of v in one step.
    - kv h / 2: while the torque is clamped, the integrator can't foresee that kv will brake, and
      integrates it explicitly. That is stable while kv h / I stays below 2 (linear stability of
      the explicit Euler method); beyond, the torque can change its sign in each step for ever.
    - kp h²: the servo's own oscillation, of the angular frequency ω = √(kp / I), is sampled by the
      timestep at least 2π times in a period. The limit of stability is ω h = 2.
    """
    return np.max(
        [
            servos.torque * timestep / (_LARGEST_CHANGE * velocity_limits),
            servos.damping * timestep / 2.0,
            servos.stiffness * timestep**2,
        ],
        axis=0,
    )


def smallest_inertia(robot: Robot) -> Floats:
    """Returns (A,) the smallest inertia that each arm joint's servo feels, kg·m² or kg.

    It is what the servo feels while all other joints are free to move, 1 / (M⁻¹)ⱼⱼ with the mass
    matrix M, over random postures. Armature on joint j adds to it in full, on others it never
    lowers it (M⁻¹ only shrinks when something positive is added to the diagonal of M).
    """
    model, data = robot.model, mujoco.MjData(robot.model)
    smallest = np.full(len(robot.arm), np.inf)
    mass = np.zeros((model.nv, model.nv))
    for posture in random_postures(robot, _POSTURES, np.random.default_rng(0)):
        data.qpos[: len(posture)] = posture
        mujoco.mj_fwdPosition(model, data)
        mujoco.mj_fullM(model, data, mass)
        felt = 1.0 / np.diag(np.linalg.inv(mass))
        smallest = np.minimum(smallest, felt[robot.arm])
    return smallest


def missing_inertia(robot: Robot) -> Floats:
    """Returns (A,) how much armature each arm joint lacks at the model's timestep, kg·m² or kg."""
    limits = robot.velocity_limits[robot.arm]
    needed = needed_inertia(arm_servos(robot), limits, robot.model.opt.timestep)
    return np.maximum(needed - smallest_inertia(robot), 0.0)
