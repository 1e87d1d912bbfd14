"""Observation terms about objects: each is named with its object, as in `object_from_tool/cube`."""

from collections.abc import Callable

import numpy as np

from arm_sim.common.arrays import Floats
from arm_sim.robot.robot import Robot
from arm_trainer.tasks.task import TaskState

# Lengths below this, m, are told apart well.
_FINE = 0.04
# Values of a term: for a robot and an object, the function from a state to (N, k) columns.
ObjectValues = Callable[[Robot, int], Callable[[TaskState], Floats]]


def heading_symmetry(state: TaskState, index: int) -> Floats:
    """Returns (N, 2) sine and cosine of four times the heading of an object.

    A box with a square base looks the same after a quarter of a turn.
    """
    x, y, z, w = np.moveaxis(state.objects[:, index, 3:], -1, 0)
    heading = np.arctan2(2.0 * (w * z + x * y), 1.0 - 2.0 * (y * y + z * z))
    return np.stack([np.sin(4.0 * heading), np.cos(4.0 * heading)], axis=1)


def squashed(vectors: Floats) -> Floats:
    """Returns vectors (N, 3), m, each component as a number from -1 to 1."""
    numbers: Floats = vectors / np.sqrt(np.square(vectors) + _FINE**2)
    return numbers


# Names of the columns, scale, whether the term tells where the goal is, and the values.
OBJECT_TERMS: dict[str, tuple[tuple[str, ...], float, bool, ObjectValues]] = {
    "object_from_tool": (
        ("x", "y", "z"),
        5.0,
        False,
        lambda robot, index: lambda state: state.objects[:, index, :3] - state.tool,
    ),
    # The same, fine near 0 and at most 1 far away: the last centimetres decide.
    "object_near_tool": (
        ("x", "y", "z"),
        1.0,
        False,
        lambda robot, index: lambda state: squashed(state.objects[:, index, :3] - state.tool),
    ),
    "goal_near_object": (
        ("x", "y", "z"),
        1.0,
        True,
        lambda robot, index: lambda state: squashed(state.goal - state.objects[:, index, :3]),
    ),
    "goal_from_object": (
        ("x", "y", "z"),
        5.0,
        True,
        lambda robot, index: lambda state: state.goal - state.objects[:, index, :3],
    ),
    # Above where it stands at the beginning.
    "object_height": (
        ("z",),
        10.0,
        False,
        lambda robot, index: (
            lambda state: state.objects[:, index, 2:3] - robot.object_home[index, 2]
        ),
    ),
    "object_heading": (
        ("sin4", "cos4"),
        1.0,
        False,
        lambda robot, index: lambda state: heading_symmetry(state, index),
    ),
    "object_velocity": (
        ("x", "y", "z"),
        2.0,
        False,
        lambda robot, index: lambda state: state.object_velocities[:, index, :3],
    ),
}


def is_about_object(term: str) -> bool:
    """Returns whether an observation term of this name is about an object."""
    return term.partition("/")[0] in OBJECT_TERMS
