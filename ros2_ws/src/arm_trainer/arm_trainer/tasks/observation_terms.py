"""Observation terms: what a policy may observe, by name, and their assembly into one array.

A task declares the names of its terms, and a policy bundle records them, so that the deployed
controller assembles the very observation of the training without any code of the task.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from arm_sim.common.arrays import Floats, Ints
from arm_sim.common.errors import UserError
from arm_sim.robot.kinematics import KinematicsOfAnyCount
from arm_sim.robot.robot import Robot
from arm_trainer.tasks.object_terms import OBJECT_TERMS
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


def axes(prefix: str) -> Callable[[Robot], list[str]]:
    """Returns the function from a robot to the columns of a position."""
    return lambda robot: [f"{prefix}/{axis}" for axis in "xyz"]


def _tool_from_home(robot: Robot) -> Values:
    home = KinematicsOfAnyCount(robot)(1).tool_positions(robot.home[None])
    return lambda state: [state.tool - home]


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
    "tool_position": ObservationTerm(axes("tool"), lambda robot: lambda state: [state.tool]),
    "target_position": ObservationTerm(
        axes("target"), lambda robot: lambda state: [state.goal], of_goal=True
    ),
    # The last centimetres decide. With a scale of 5, A2C needs twice the steps; with 20, policies
    # fail when they go from target to target.
    "target_from_tool": ObservationTerm(
        axes("target_from_tool"),
        lambda robot: lambda state: [state.goal - state.tool],
        scale=10.0,
        of_goal=True,
    ),
    "tool_from_home": ObservationTerm(axes("tool_from_home"), _tool_from_home, scale=5.0),
    "gripper_opening": ObservationTerm(
        lambda robot: ["gripper_opening"],
        lambda robot: lambda state: [robot.gripper_opening(state.positions)[:, None]],
    ),
    "gripper_target": ObservationTerm(
        lambda robot: ["gripper_target"],
        lambda robot: lambda state: [state.gripper_target[:, None]],
    ),
    # By how much the gripper is more open than it is commanded to be: something is in it.
    "gripper_squeeze": ObservationTerm(
        lambda robot: ["gripper_squeeze"],
        lambda robot: (
            lambda state: [(robot.gripper_opening(state.positions) - state.gripper_target)[:, None]]
        ),
        scale=4.0,
    ),
    # By how much the position targets lead the positions: motion commanded and not yet visible.
    "joint_target_lead": ObservationTerm(
        _arm_joints("lead"),
        lambda robot: lambda state: [state.joint_targets - state.positions[:, robot.arm]],
        scale=5.0,
    ),
    # The same for the tool: from where it is to where the position targets lead it.
    "tool_lead": ObservationTerm(axes("tool_lead"), _tool_lead, scale=10.0),
}


def find_term(name: str) -> ObservationTerm:
    """Returns an observation term.

    Raises:
        UserError: If there is none of that name.
    """
    kind, _, of = name.partition("/")
    if of and kind in OBJECT_TERMS:
        return _object_term(kind, of)
    if name not in TERMS:
        valid = ", ".join([*TERMS, *(f"{kind}/OBJECT" for kind in OBJECT_TERMS)])
        raise UserError(f"Unknown observation term '{name[:80]}' (valid: {valid}).")
    return TERMS[name]


def _object_term(kind: str, name: str) -> ObservationTerm:
    """The term of a kind about the object of a name."""
    columns, scale, of_goal, values = OBJECT_TERMS[kind]

    def made(robot: Robot) -> Values:
        if name not in robot.objects:
            raise UserError(
                f"Observation term '{kind}/{name[:80]}': there is no such object (valid: "
                f"{', '.join(robot.objects) or 'none'})."
            )
        function = values(robot, robot.objects.index(name))
        return lambda state: [function(state)]

    return ObservationTerm(
        lambda robot: [f"{kind}/{name}/{column}" for column in columns], made, scale, of_goal
    )


class Observation:
    """Assembles the observations of N arms from named terms.

    Attributes:
        terms: Names of the terms, in order.
        names: Names of the O columns.
        scale: (O,) factor of each column.
    """

    def __init__(
        self,
        robot: Robot,
        terms: Sequence[str],
        own: Mapping[str, ObservationTerm] = MappingProxyType({}),
    ) -> None:
        """Prepares for a robot.

        Args:
            robot: The robot.
            terms: Names of the terms, in order.
            own: Terms by name besides the library's.

        Raises:
            UserError: If a term is unknown.
        """
        self.terms = tuple(terms)
        found = [own.get(name) or find_term(name) for name in terms]
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
