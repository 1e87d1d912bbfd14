"""ServoArrays: the position servos of a robot's commanded joints, for many arms at once."""

from dataclasses import dataclass

import mujoco
import numpy as np

from arm_sim.common.arrays import Floats, Ints
from arm_sim.robot_description.servos import find_servos


@dataclass(frozen=True, eq=False)
class ServoArrays:
    """The servos of C joints; a joint's control value is scale · position + offset.

    Attributes:
        actuators: (C,) indices of the actuators in the model.
        controls: (C,) indices of the position set points among the model's controls.
        scale: (C,) control per position.
        offset: (C,) control at position 0.
        control_range: (C, 2) lowest and highest control, infinite where it is not limited.
        activations: (K,) indices of the servos' activations in the model.
        columns: (K,) which of the C joints each of them belongs to.
        set_points: (K,) 1 for an activation that equals the control at rest, 0 for an integral.
    """

    actuators: Ints
    controls: Ints
    scale: Floats
    offset: Floats
    control_range: Floats
    activations: Ints
    columns: Ints
    set_points: Floats

    def to_controls(self, positions: Floats) -> Floats:
        """Returns control values (N, C) for position targets (N, C), rad or m."""
        return positions * self.scale + self.offset

    def resting_activations(self, positions: Floats) -> Floats:
        """Returns activations (N, K) with which the joints rest at position targets (N, C)."""
        controls = np.clip(self.to_controls(positions), *self.control_range.T)
        return controls[:, self.columns] * self.set_points


def servo_arrays(model: mujoco.MjModel, joints: Ints) -> ServoArrays:
    """Returns the stiffest servos of joints (C,), given as indices; each must have one."""
    by_joint = find_servos(model)
    servos = [by_joint[int(joint)][0] for joint in joints]
    states = [
        (activation, column, float(activation in servo.set_points))
        for column, servo in enumerate(servos)
        for activation in servo.activations
    ]
    activations, columns, set_points = np.array(states).reshape(-1, 3).T
    return ServoArrays(
        actuators=np.array([servo.actuator for servo in servos], dtype=np.int64),
        controls=np.array([servo.control for servo in servos], dtype=np.int64),
        scale=np.array([servo.scale for servo in servos]),
        offset=np.array([servo.offset for servo in servos]),
        control_range=np.array([servo.control_range for servo in servos]),
        activations=activations.astype(np.int64),
        columns=columns.astype(np.int64),
        set_points=set_points,
    )
