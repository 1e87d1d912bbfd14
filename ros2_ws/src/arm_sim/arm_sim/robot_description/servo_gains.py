"""Gains of position servos from the inertia that each joint moves, so that they hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray

from arm_sim.common.arrays import Floats
from arm_sim.robot_description.couplings import followers
from arm_sim.robot_description.limits import joint_ranges, torque_limits

# Natural frequency of a servo and its joint, if the timestep allows it: within 0.1 rad of a step of
# 1 rad after 0.13 s. Makers' own gains are about this: 23 rad/s for a UR5e's shoulder.
_HIGHEST_FREQUENCY = 30.0  # rad/s
# Largest angle, rad, that this oscillation advances in a timestep. Semi-implicit Euler steps are
# stable below 2 (Hairer, Lubich, Wanner: Geometric Numerical Integration, section I.1.4); the
# postures at which the inertia is smaller need the rest.
_ANGLE_PER_STEP = 0.25
# No joint accelerates by more than this with its largest torque: a motor's rotor, times its gear
# squared, is a good part of what a light link's joint moves. UR5e's wrists: 28 N·m, 0.1 kg·m².
_HIGHEST_ACCELERATION = 500.0  # rad/s² or m/s²
# These integrators are unstable for a servo's damping where little moves with it.
EXPLICIT_INTEGRATORS = (
    mujoco.mjtIntegrator.mjINT_EULER.value,
    mujoco.mjtIntegrator.mjINT_RK4.value,
)
_POSTURES, _TURN = 256, np.pi
# The default torque limit is this multiple of what the joint needs against gravity and friction,
# at this speed against its damping, and for this acceleration, which leads there in 0.1 s.
_RESERVE, _SPEED, _ACCELERATION = 2.0, 2.0, 20.0


@dataclass(frozen=True)
class ServoGains:
    """Gains of position servos of K joints.

    Attributes:
        stiffness: (K,) torque per deviation, N·m/rad or N/m: `kp`.
        damping: (K,) torque per velocity, N·m·s/rad or N·s/m: `kv`.
        torque: (K,) largest torque, N·m or N.
        from_file: (K,) whether the robot's file gives this torque.
        gravity: (K,) largest torque of gravity on the joint, N·m or N.
        armature: (K,) rotor inertia to add, kg·m² or kg.
    """

    stiffness: Floats
    damping: Floats
    torque: Floats
    from_file: NDArray[np.bool_]
    gravity: Floats
    armature: Floats


def propose_gains(
    model: mujoco.MjModel, joints: Sequence[int], efforts: Mapping[str, float] | None = None
) -> ServoGains:
    """Returns gains with which joints follow commands quickly, critically damped and stably.

    For the inertia I of a joint, kp = ω² I and kv = 2 ω I less the joint's own damping. I is the
    joint's entry in the diagonal of the mass matrix, armature included, at the posture of 256
    random ones where it is largest. One frequency ω serves all joints: 30 rad/s, or less where the
    timestep demands it. Of a joint whose own damping d is more than critical, I is taken as
    d / (2 ω), so that it too arrives in a time of 2 / ω.

    A torque limit that the file does not give is twice what gravity, friction, damping at 2 rad/s
    and an acceleration of 20 rad/s² take together.

    Where the smallest inertia is so small that the largest torque would accelerate the joint by
    more than 500 rad/s², it needs a larger armature, which then counts in I.

    Args:
        model: The compiled model, with the timestep and integrator of the simulation.
        joints: Indices of K hinges or slides, all that are commanded at the same time.
        efforts: Torque limits by joint name, for instance a URDF's, N·m or N.
    """
    inertia, smallest, gravity = _inertia_and_gravity(model, joints)
    torque = torque_limits(model)[list(joints)]
    for i, joint in enumerate(joints):
        effort = (efforts or {}).get(model.joint(joint).name, np.inf)
        torque[i] = min(torque[i], effort if effort > 0 else np.inf)
    from_file = np.isfinite(torque) & (torque > 0)
    dofs = model.jnt_dofadr[list(joints)]
    drives = np.array([drive_properties(model, joint) for joint in joints])
    damping = model.dof_damping[dofs] + drives[:, 1]
    needed = gravity + model.dof_frictionloss[dofs] + _SPEED * damping + _ACCELERATION * inertia
    torque = np.where(from_file, torque, _RESERVE * needed)
    armature = np.maximum(torque / _HIGHEST_ACCELERATION - smallest, 0.0)
    frequency = min(_HIGHEST_FREQUENCY, _ANGLE_PER_STEP / model.opt.timestep)
    inertia = np.maximum(inertia + armature, damping / (2 * frequency))
    return ServoGains(
        stiffness=frequency**2 * inertia,
        damping=np.maximum(2 * frequency * inertia - damping, 0.0),
        torque=torque,
        from_file=from_file,
        gravity=gravity,
        armature=armature,
    )


def drive_properties(model: mujoco.MjModel, joint: int) -> tuple[float, float]:
    """Returns the armature, kg·m² or kg, and damping that actuators directly on a joint add to it.

    Both are reflected by the square of the gear:
    https://mujoco.readthedocs.io/en/stable/XMLreference.html#actuator-general-armature.
    """
    armature = damping = 0.0
    for actuator in np.flatnonzero(model.actuator_trntype == mujoco.mjtTrn.mjTRN_JOINT.value):
        if model.actuator_trnid[actuator, 0] == joint:
            square = float(model.actuator_gear[model.actuator_outadr[actuator], 0]) ** 2
            armature += square * float(model.actuator_armature[actuator])
            damping += square * float(model.actuator_damping[actuator])
    return armature, damping


def _inertia_and_gravity(
    model: mujoco.MjModel, joints: Sequence[int]
) -> tuple[Floats, Floats, Floats]:
    """(K,) largest and (K,) smallest inertias, (K,) largest torques of gravity, of joints.

    At random postures. All other joints are held, except those that equality constraints couple to
    one of them.
    """
    data, full = mujoco.MjData(model), np.zeros((model.nv, model.nv))
    force = np.zeros(model.nv)
    addresses = model.jnt_qposadr[list(joints)]
    motion = _motion(model, joints)
    lower, upper = (ends[list(joints)] for ends in joint_ranges(model))
    start = model.qpos0[addresses]
    lower = np.where(np.isfinite(lower), lower, start - _TURN)
    upper = np.where(np.isfinite(upper), upper, start + _TURN)
    rng = np.random.default_rng(0)
    largest = gravity = np.zeros(len(joints))
    smallest = np.full(len(joints), np.inf)
    for share in rng.random((_POSTURES, len(joints))):
        data.qpos[addresses] = lower + share * (upper - lower)
        mujoco.mj_kinematics(model, data)
        mujoco.mj_comPos(model, data)
        mujoco.mj_tendon(model, data)
        mujoco.mj_makeM(model, data)
        mujoco.mj_fullM(model, data, full)
        mujoco.mj_rne(model, data, 0, force)
        inertia = np.einsum("ik,ij,jk->k", motion, full, motion)
        largest, smallest = np.maximum(largest, inertia), np.minimum(smallest, inertia)
        gravity = np.maximum(gravity, np.abs(motion.T @ force))
    return largest, smallest, gravity


def _motion(model: mujoco.MjModel, joints: Sequence[int]) -> Floats:
    """(nv, K) velocity of every joint per velocity of each of the joints."""
    motion = np.zeros((model.nv, len(joints)))
    for column, joint in enumerate(joints):
        for other, line in followers(model, joint).items():
            if other == joint or other not in joints:
                motion[model.jnt_dofadr[other], column] = line.ratio
    return motion
