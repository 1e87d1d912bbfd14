"""How a gripper closes: the positions of its joints from open to closed, found by simulation."""

import mujoco
import numpy as np

from arm_sim.common.arrays import Floats, Ints
from arm_sim.robot.model import copy_model
from arm_sim.robot.robot import Robot

_TIMESTEP = 0.002
# At each opening the gripper comes to rest in this time, s, or until it is as slow as this, rad/s.
_SHORTEST, _LONGEST, _AT_REST = 0.05, 1.0, 1e-3
# Added to the arm's joints, kg m²: the gripper's motion does not move them.
_HEAVY = 1e6


def hand_joints(robot: Robot) -> Ints:
    """Returns the indices of all joints beyond the arm: those of the gripper and its followers."""
    model = robot.model
    inside = {int(model.jnt_bodyid[robot.arm[-1]])}
    end = max(inside)
    for body in range(end + 1, model.nbody):  # Parents come before their children.
        if int(model.body_parentid[body]) in inside:
            inside.add(body)
    beyond = np.isin(model.jnt_bodyid, sorted(inside - {end}))
    return np.flatnonzero(beyond).astype(np.int64)


def gripper_states(robot: Robot, count: int) -> Floats:
    """Returns (count, J) positions of all joints with the gripper from open to closed, rad or m.

    The arm stays at home. As linkages and springs are hard to solve, the gripper's servos move it
    in simulation, without gravity and contacts. So a gripper whose closed end is beyond the place
    where its fingers touch has them pass through each other.
    """
    model = copy_model(robot.model)
    model.opt.timestep = min(model.opt.timestep, _TIMESTEP)
    model.opt.gravity[:] = 0.0
    model.opt.disableflags |= int(mujoco.mjtDisableBit.mjDSBL_CONTACT)
    model.dof_armature[model.jnt_dofadr[robot.arm]] += _HEAVY
    data = mujoco.MjData(model)
    data.qpos[:] = robot.rest_configuration
    command, servos = robot.home[None, robot.command_indices].copy(), robot.servos
    data.act[servos.activations] = servos.resting_activations(command)[0]
    moving = model.jnt_dofadr[hand_joints(robot)]
    found = np.empty((count, len(robot.home)))
    for state, opening in zip(found, np.linspace(1.0, 0.0, count), strict=True):
        command[:, len(robot.arm) :] = robot.gripper_command(np.array([opening]))
        data.ctrl[servos.controls] = servos.to_controls(command)[0]
        start = data.time
        while data.time < start + _SHORTEST or (
            data.time < start + _LONGEST and np.abs(data.qvel[moving]).max() > _AT_REST
        ):
            mujoco.mj_step(model, data)
        state[:] = robot.home
        state[hand_joints(robot)] = data.qpos[hand_joints(robot)]
    return found
