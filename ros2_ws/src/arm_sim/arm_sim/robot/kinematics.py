"""Forward kinematics of the tool, and its Jacobians."""

import mujoco
import numpy as np
from mujoco.batch import Batch

from arm_sim.common.arrays import Floats, Ints
from arm_sim.common.cpu_affinity import worker_threads_off_main_core
from arm_sim.robot.model import copy_model, find_frame
from arm_sim.robot.robot import Robot

# With fewer arms, waking a thread takes longer than the work that it saves.
_MIN_ARMS_FOR_THREADS = 64


class Kinematics:
    """Tool positions and rotations of n arms at once, computed by MuJoCo from joint positions.

    Training in-process, training over ROS and the deployed controller all use this class, so they
    compute the same tool position to the bit.
    """

    def __init__(self, robot: Robot, n: int) -> None:
        """Prepares for n arms, without contacts and constraints, which would only cost time.

        From 64 arms on, MuJoCo uses a thread per core. While these threads start, the CPU affinity
        of the calling thread is changed for a moment, see `worker_threads_off_main_core`.
        """
        model = copy_model(robot.model)
        flags = mujoco.mjtDisableBit.mjDSBL_CONTACT | mujoco.mjtDisableBit.mjDSBL_CONSTRAINT
        model.opt.disableflags |= int(flags)
        with worker_threads_off_main_core():
            self._batch = Batch(model, n, nthread=1 if n < _MIN_ARMS_FOR_THREADS else 0)
        self._positions = self._batch.bind("qpos")[:, : len(robot.home)]
        kind, index = find_frame(model, robot.tool_frame)
        self._tool = self._batch.bind("site_xpos" if kind == "site" else "xpos")[:, index]
        self._rotation = self._batch.bind("site_xmat" if kind == "site" else "xmat")[:, index]
        self._axes, self._anchors = self._batch.bind("xaxis"), self._batch.bind("xanchor")
        self._is_slide = model.jnt_type == mujoco.mjtJoint.mjJNT_SLIDE.value
        tool_body = int(model.site_bodyid[index]) if kind == "site" else index
        self._moves_tool = np.isin(model.jnt_bodyid, _body_and_ancestors(model, tool_body))

    def tool_positions(self, positions: Floats) -> Floats:
        """Returns (n, 3) tool positions in the base frame, m, for joint positions (n, J)."""
        self._positions[:] = positions
        self._batch.forward(stage=mujoco.mjtStage.mjSTAGE_POS.value)
        return self._tool.copy()

    def tool_rotations(self) -> Floats:
        """Returns (n, 3, 3) rotation matrices from the tool frame to the base frame.

        Their columns are the tool frame's axes. They hold for the last call of `tool_positions`.
        """
        return self._rotation.reshape(-1, 3, 3).copy()

    def tool_jacobian(self, joints: Ints) -> Floats:
        """Returns (n, 3, A) derivatives of the tool's position by the positions of joints (A,).

        In m/rad for a hinge, m/m for a slide, at the joint positions of the last call of
        `tool_positions`. It is the upper half of the geometric Jacobian of a serial arm: the
        joint's axis for a slide, axis × (tool - anchor) for a hinge, 0 for a joint that does not
        move the tool (Siciliano et al., Robotics, section 3.1.3).
        """
        axes, lever = self._axes[:, joints], self._tool[:, None] - self._anchors[:, joints]
        jacobian: Floats = np.empty((len(axes), 3, len(joints)))
        for row in range(3):
            a, b = (row + 1) % 3, (row + 2) % 3
            by_hinge = axes[..., a] * lever[..., b] - axes[..., b] * lever[..., a]
            by_joint = np.where(self._is_slide[joints], axes[..., row], by_hinge)
            jacobian[:, row] = by_joint * self._moves_tool[joints]
        return jacobian

    def tool_rotation_jacobian(self, joints: Ints) -> Floats:
        """Returns (n, 3, A) angular velocities of the tool by the rates of joints (A,).

        In the base frame, at the joint positions of the last call of `tool_positions`. It is the
        lower half of the geometric Jacobian: the joint's axis for a hinge, in rad/rad; 0 for a
        slide, and for a joint that does not move the tool.
        """
        turns_tool = self._moves_tool[joints] & ~self._is_slide[joints]
        jacobian: Floats = (self._axes[:, joints] * turns_tool[:, None]).transpose(0, 2, 1)
        return jacobian


class KinematicsOfAnyCount:
    """`Kinematics` of one robot for whatever number of arms is asked for, made when first needed.

    For objects that serve several environments of different numbers of arms.
    """

    def __init__(self, robot: Robot) -> None:
        """Prepares for a robot."""
        self._robot = robot
        self._by_count: dict[int, Kinematics] = {}

    def __call__(self, n: int) -> Kinematics:
        """Returns the kinematics of n arms."""
        if n not in self._by_count:
            self._by_count[n] = Kinematics(self._robot, n)
        return self._by_count[n]


def _body_and_ancestors(model: mujoco.MjModel, body: int) -> list[int]:
    chain = [body]
    while body:
        chain.append(body := int(model.body_parentid[body]))
    return chain
