"""ArmGeometry: where the tool of one arm is at many postures, for choosing home and workspace."""

from dataclasses import dataclass

import mujoco
import numpy as np

from arm_sim.common.arrays import Floats, Ints
from arm_sim.robot.model import find_frame
from arm_sim.robot_description.limits import command_limits


@dataclass(frozen=True)
class ToolStates:
    """The tool at K postures, in the arm's base frame.

    Attributes:
        positions: (K, 3) m.
        jacobians: (K, 3, A) derivatives of the position by the arm's joints, m/rad or 1.
        directions: (K, 3) unit vectors from the last joint to the tool; 0 where they coincide.
    """

    positions: Floats
    jacobians: Floats
    directions: Floats

    @property
    def dexterity(self) -> Floats:
        """(K,) how far the tool moves at least for a unit change of posture, m/rad.

        The smallest singular value of the Jacobian (Yoshikawa, Foundations of Robotics, 4.2): 0
        where there is a direction in which the tool can't move.
        """
        values: Floats = np.asarray(np.linalg.svd(self.jacobians, compute_uv=False), np.float64)
        return values[:, -1]


class ArmGeometry:
    """Forward kinematics of one arm of a compiled model, posture by posture.

    Attributes:
        model: The compiled model.
        arm: (A,) indices of the arm's joints.
        lower: (A,) lowest commands, rad or m; where a joint has none, half a turn (1 m) back.
        upper: (A,) highest commands in the same way.
    """

    def __init__(
        self, model: mujoco.MjModel, arm: list[str], tool_frame: str, base: Floats
    ) -> None:
        """Prepares for an arm.

        Args:
            model: The compiled model.
            arm: Names of the arm's joints.
            tool_frame: Name of the tool's site or body.
            base: (4, 4) pose of the base frame in the model's world frame, m.
        """
        self.model = model
        self.arm: Ints = np.array([model.joint(name).id for name in arm], dtype=np.int64)
        self._addresses = model.jnt_qposadr[self.arm]
        self._data = mujoco.MjData(model)
        self._frame = find_frame(model, tool_frame)
        self._to_base = np.linalg.inv(base)
        lower, upper = (limits[self.arm] for limits in command_limits(model))
        hinge = model.jnt_type[self.arm] == mujoco.mjtJoint.mjJNT_HINGE.value
        half = np.where(hinge, np.pi, 1.0)
        start = model.qpos0[self._addresses]
        self.lower = np.where(np.isfinite(lower), lower, start - half)
        self.upper = np.where(np.isfinite(upper), upper, start + half)

    @property
    def neutral(self) -> Floats:
        """(A,) 0 where that is well inside a joint's limits, else the middle between them."""
        margin = 0.1 * (self.upper - self.lower)
        inside = (self.lower + margin < 0) & (self.upper - margin > 0)
        return np.where(inside, 0.0, (self.lower + self.upper) / 2)

    def place(self, data: mujoco.MjData, posture: Floats) -> None:
        """Writes a posture (A,) of the arm into a state of the model."""
        data.qpos[self._addresses] = posture

    def tool_states(self, postures: Floats) -> ToolStates:
        """Returns the tool's states at postures (K, A), rad or m."""
        model, data = self.model, self._data
        hinge = model.jnt_type[self.arm] == mujoco.mjtJoint.mjJNT_HINGE.value
        rotation, shift = self._to_base[:3, :3], self._to_base[:3, 3]
        positions, directions = np.empty((2, len(postures), 3))
        jacobians = np.empty((len(postures), 3, len(self.arm)))
        kind, index = self._frame
        tools = data.site_xpos if kind == "site" else data.xpos
        for k, posture in enumerate(postures):
            self.place(data, posture)
            mujoco.mj_kinematics(model, data)
            axes, lever = data.xaxis[self.arm], tools[index] - data.xanchor[self.arm]
            columns = np.where(hinge[:, None], np.cross(axes, lever), axes)
            positions[k] = rotation @ tools[index] + shift
            jacobians[k] = rotation @ columns.T
            length = float(np.linalg.norm(lever[-1]))
            directions[k] = rotation @ lever[-1] / length if length > 1e-3 else 0.0
        return ToolStates(positions, jacobians, directions)
