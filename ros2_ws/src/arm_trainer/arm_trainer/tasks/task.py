"""The interface of a task: observation, reward, success and start states, for N arms at once.

A task knows nothing of ROS, Gymnasium or physics. `tasks/reach.py` is the example to start from.
"""

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
import pydantic
from numpy.typing import NDArray

from arm_sim.common.arrays import Floats
from arm_sim.common.config import settings
from arm_sim.robot.robot import Robot

Bools = NDArray[np.bool_]


@settings
class TaskConfig:
    """Settings that every task has; a task's own settings extend this class.

    A subclass has a field `reward` as well: a settings class with one weight for each reward term.
    """

    control_rate: float = pydantic.Field(20.0, gt=0, description="Commands per second, Hz")
    hold_periods: int = pydantic.Field(
        5, ge=1, description="Control periods in a row for which the goal must be achieved"
    )
    max_periods: int = pydantic.Field(
        100, ge=1, description="Control periods until an episode is truncated"
    )
    stay_after_success: float = pydantic.Field(
        0.5,
        ge=0,
        le=1,
        description="Training: share of the successful episodes after which the arm stays where it "
        "is and only gets a new goal",
    )
    stay_after_failure: float = pydantic.Field(
        0.5, ge=0, le=1, description="Training: the same share of the truncated episodes"
    )
    latency: float = pydantic.Field(
        0.0,
        ge=0,
        le=1,
        description="Training: largest latency of an episode's observations, drawn anew for each "
        "episode, s",
    )

    # Settings that must have another value, in place of their default, where a policy finds the
    # goal in camera images and nobody else knows it.
    VISION: ClassVar[dict[str, float]] = {}

    def vision_conflicts(self) -> list[str]:
        """Returns the settings that need to know the goal, each with its valid value."""
        return [
            f"{key} must be {value:g}, not {getattr(self, key):g}"
            for key, value in self.VISION.items()
            if getattr(self, key) != value
        ]

    @pydantic.model_validator(mode="after")
    def _can_succeed(self) -> "TaskConfig":
        if self.hold_periods > self.max_periods:
            raise ValueError(f"hold_periods must be at most max_periods ({self.max_periods})")
        return self


@dataclass(frozen=True)
class TaskState:
    """State of N arms at one time.

    Attributes:
        positions: (N, J) joint positions, rad or m.
        velocities: (N, J) joint velocities.
        tool: (N, 3) tool positions in the base frame, m.
        goal: (N, 3) goal positions in the base frame, m.
        joint_targets: (N, A) present position targets of the arm joints.
    """

    positions: Floats
    velocities: Floats
    tool: Floats
    goal: Floats
    joint_targets: Floats

    @functools.cached_property
    def goal_distance(self) -> Floats:
        """(N,) distances from tool to goal, m."""
        distance: Floats = np.linalg.norm(self.goal - self.tool, axis=1)
        return distance


class Task(Protocol):
    """What an arm is to do; made as `TaskClass(robot, config)`.

    A class that inherits from this one only has to write what differs from the defaults here.

    Attributes:
        name: The task's name in settings, commands and policy bundles.
        config_class: The class of its settings.
        observation: Names of the observation terms, see `observation_terms.TERMS`; the action's
            own terms are added.
        robot: The robot.
        config: The task's settings.
    """

    name: ClassVar[str]
    config_class: ClassVar[type[TaskConfig]]
    observation: ClassVar[tuple[str, ...]]
    robot: Robot
    config: Any

    def __init__(self, robot: Robot, config: Any = None) -> None:
        """Prepares the task for a robot; None takes the default settings."""
        self.robot = robot
        self.config = config or self.config_class()

    def starts(self, random: np.random.Generator) -> Iterator[Floats]:
        """Yields start states without end: (J,) joint positions, the goal's joints included."""
        ...

    def achieved(self, state: TaskState) -> Bools:
        """Returns (N,) whether the goal is achieved now; success is `hold_periods` of it."""
        ...

    def reward(
        self, state: TaskState, actions: NDArray[np.floating[Any]], success: Bools
    ) -> dict[str, Floats]:
        """Returns the reward terms by name, (N,) each, not yet weighted.

        Args:
            state: The state at the end of the control period.
            actions: (N, A) actions of that period, in [-1, 1].
            success: (N,) whether the episode has just succeeded.
        """
        ...

    def metrics(self, state: TaskState) -> dict[str, Floats]:
        """Returns figures by name, (N,) each, in SI units, for infos, tables and logs.

        A name that ends in 'distance' is a length in m.
        """
        return {"distance": state.goal_distance}

    def gripper_opening(self, state: TaskState) -> Floats:
        """Returns (N,) gripper openings to command, from 0 (closed) to 1 (open)."""
        return np.ones(len(state.tool))


def weighted_sum(terms: dict[str, Floats], weights: object) -> Floats:
    """Returns (N,) rewards: each term times the weight of its name, added in the terms' order."""
    weighted = [getattr(weights, name) * values for name, values in terms.items()]
    total: Floats = sum(weighted[1:], weighted[0])
    return total
