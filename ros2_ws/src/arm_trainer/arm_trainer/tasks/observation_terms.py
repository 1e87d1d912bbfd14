"""Observation terms: what a policy may observe, by name, and their assembly into one array.

A task declares the names of its terms, and a policy bundle records them, so that the deployed
controller assembles the very observation of the training without any code of the task.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from arm_sim.common.arrays import Floats, Ints
from arm_sim.common.errors import UserError
from arm_sim.robot.kinematics import KinematicsOfAnyCount
from arm_sim.robot.robot import Robot
from arm_trainer.tasks.task import TaskState

Values = Callable[[TaskState], list[Floats]]


@dataclass(frozen=True)
class ObservationTerm:
    """One group of columns of an observation.

    Attributes:
        columns: Names of the columns for a robot.
        values: Makes, for a robot, the function from a state to the columns in SI units, as arrays
            (N, k) to be joined.
        scale: Factor of all columns. A network learns faster when all inputs are of one size; the
            factors were chosen by measuring training.
        of_goal: Whether the term tells where the goal is. A policy that finds the goal in camera
            images does without these terms.
    """

    columns: Callable[[Robot], list[str]]
    values: Callable[[Robot], Values]
    scale: float = 1.0
    of_goal: bool = False


def _limited_and_endless(robot: Robot) -> tuple[Ints, Ints]:
    endless = robot.endless[robot.arm]
    return robot.arm[~endless], robot.arm[endless]


def _position_columns(robot: Robot) -> list[str]:
    limited, endless = _limited_and_endless(robot)
    groups = (("position", limited), ("position_sin", endless), ("position_cos", endless))
    return [f"{prefix}/{robot.joint_names[i]}" for prefix, joints in groups for i in joints]


def _position_values(robot: Robot) -> Values:
    limited, endless = _limited_and_endless(robot)

    def values(state: TaskState) -> list[Floats]:
        # After a full turn an endless joint is where it was, so its observation must be equal.
        turning = state.positions[:, endless]
        return [state.positions[:, limited], np.sin(turning), np.cos(turning)]

    return values


def _arm_joints(prefix: str) -> Callable[[Robot], list[str]]:
    return lambda robot: [f"{prefix}/{robot.joint_names[i]}" for i in robot.arm]


def _axes(prefix: str) -> Callable[[Robot], list[str]]:
    return lambda robot: [f"{prefix}/{axis}" for axis in "xyz"]


def _tool_lead(robot: Robot) -> Values:
    kinematics = KinematicsOfAnyCount(robot)

    def values(state: TaskState) -> list[Floats]:
        ahead = state.positions.copy()
        ahead[:, robot.arm] = state.joint_targets
        return [kinematics(len(ahead)).tool_positions(ahead) - state.tool]

    return values


TERMS: dict[str, ObservationTerm] = {
    "joint_positions": ObservationTerm(_position_columns, _position_values),
    "joint_velocities": ObservationTerm(
        _arm_joints("velocity"),
        lambda robot: lambda state: [state.velocities[:, robot.arm]],
        scale=0.5,
    ),
    "tool_position": ObservationTerm(_axes("tool"), lambda robot: lambda state: [state.tool]),
    "target_position": ObservationTerm(
        _axes("target"), lambda robot: lambda state: [state.goal], of_goal=True
    ),
    # The last centimetres decide. With a scale of 5, A2C needs twice the steps; with 20, policies
    # fail when they go from target to target.
    "target_from_tool": ObservationTerm(
        _axes("target_from_tool"),
        lambda robot: lambda state: [state.goal - state.tool],
        scale=10.0,
        of_goal=True,
    ),
    "gripper_opening": ObservationTerm(
        lambda robot: ["gripper_opening"],
        lambda robot: lambda state: [robot.gripper_opening(state.positions)[:, None]],
    ),
    # By how much the position targets lead the positions: motion commanded and not yet visible.
    "joint_target_lead": ObservationTerm(
        _arm_joints("lead"),
        lambda robot: lambda state: [state.joint_targets - state.positions[:, robot.arm]],
        scale=5.0,
    ),
    # The same for the tool: from where it is to where the position targets lead it.
    "tool_lead": ObservationTerm(_axes("tool_lead"), _tool_lead, scale=10.0),
}


def find_term(name: str) -> ObservationTerm:
    """Returns an observation term.

    Raises:
        UserError: If there is none of that name.
    """
    if name not in TERMS:
        raise UserError(f"Unknown observation term '{name[:80]}' (valid: {', '.join(TERMS)}).")
    return TERMS[name]


class Observation:
    """Assembles the observations of N arms from named terms.

    Attributes:
        terms: Names of the terms, in order.
        names: Names of the O columns.
        scale: (O,) factor of each column.
    """

    def __init__(self, robot: Robot, terms: Sequence[str]) -> None:
        """Prepares for a robot.

        Raises:
            UserError: If a term is unknown.
        """
        self.terms = tuple(terms)
        found = [find_term(name) for name in terms]
        columns = [term.columns(robot) for term in found]
        self.names = tuple(name for names in columns for name in names)
        self.scale = np.concatenate(
            [np.full(len(names), term.scale) for names, term in zip(columns, found, strict=True)]
        )
        self._values = [term.values(robot) for term in found]

    def __call__(self, state: TaskState) -> NDArray[np.float32]:
        """Returns (N, O) observations: the columns in SI units, times `scale`."""
        columns = [array for values in self._values for array in values(state)]
        return (np.concatenate(columns, axis=1) * self.scale).astype(np.float32)
