"""The interface of a task: observation, reward, success and start states, for N arms at once.

A task knows nothing of ROS, Gymnasium or physics. `tasks/reach.py` is the example to start from.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Protocol

import numpy as np
import pydantic
from numpy.typing import NDArray

from arm_sim.common.arrays import Floats
from arm_sim.common.config import settings
from arm_sim.robot.robot import Robot
from arm_sim.scene.loader import RobotSource
from arm_trainer.tasks.start import Start

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
    tolerance: float = pydantic.Field(
        0.02, gt=0, description="Distance to the goal at which it counts as achieved, m"
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
        tool_rotation: (N, 3, 3) rotations from the tool frame to the base frame.
        goal: (N, 3) goal positions in the base frame, m.
        joint_targets: (N, A) present position targets of the arm joints.
        gripper_target: (N,) openings that the grippers are commanded to, from 0 to 1.
        objects: (N, M, 7) positions, m, and quaternions x, y, z, w of the objects.
        object_velocities: (N, M, 6) their linear and angular velocities in the base frame.
    """

    positions: Floats
    velocities: Floats
    tool: Floats
    tool_rotation: Floats
    goal: Floats
    joint_targets: Floats
    gripper_target: Floats
    objects: Floats
    object_velocities: Floats


class Task(Protocol):
    """What an arm is to do; made as `TaskClass(robot, config)`.

    A class that inherits from this one only has to write what differs from the defaults here.

    Attributes:
        name: The task's name in settings, commands and policy bundles.
        config_class: The class of its settings.
        observation: Names of the observation terms, see `observation_terms.TERMS`; the action's
            own terms are added.
        moves_gripper: Whether the policy commands the gripper, by an output of its own; otherwise
            `gripper_opening` does.
        keeps_objects: Whether the objects stay where they are when an arm goes on to its next goal.
        action: Name of the action that the task's policies use unless another is asked for.
        robot: The robot, with the objects that `scene_changes` adds.
        config: The task's settings.
    """

    name: ClassVar[str]
    config_class: ClassVar[type[TaskConfig]]
    observation: ClassVar[tuple[str, ...]]
    moves_gripper: ClassVar[bool] = False
    keeps_objects: ClassVar[bool] = True
    action: ClassVar[str] = "tool_increments"
    robot: Robot
    config: Any

    def __init__(self, robot: Robot, config: Any = None) -> None:
        """Prepares the task for a robot; None takes the default settings."""
        self.robot = robot
        self.config = config or self.config_class()

    @classmethod
    def scene_changes(cls, robot: Robot, config: Any) -> dict[str, Any]:
        """Returns what the task changes in the robot's scene: keys of a scene YAML.

        Args:
            robot: The robot in its scene without a task.
            config: The task's settings.

        Raises:
            UserError: If the robot can't do the task, for instance without a gripper.
        """
        return {}

    def starts(self, random: np.random.Generator) -> Iterator[Start]:
        """Yields start states of one arm without end."""
        ...

    def assisted_starts(self, random: np.random.Generator) -> dict[str, Iterator[Start]]:
        """Returns kinds of start states nearer to success, which only a training begins with.

        By name, without end each; they become rare as they are learned, see `StartCurriculum`.
        """
        return {}

    def demonstrate(self, state: TaskState) -> tuple[Floats, Floats] | None:
        """Shows how the task can be done, for policies that learn from it first; None if it can't.

        Returns:
            (N, 3) displacements of the tool for the next control period, m, as large as they would
            have to be, and (N,) openings of the grippers.
        """
        return None

    def present_goals(self, goals: Floats, objects: Floats) -> Floats:
        """Returns (N, 3) where the goals are now, m: by default where they were placed.

        Args:
            goals: (N, 3) where they were placed.
            objects: (N, M, 7) poses of the objects, for goals that are on one of them.
        """
        return goals

    def achieved_goal(self, state: TaskState) -> Floats:
        """Returns (N, 3) positions, m, of what is to be brought to the goal: the tool."""
        return state.tool

    def goal_reward(
        self, achieved: NDArray[np.floating[Any]], desired: NDArray[np.floating[Any]]
    ) -> Floats:
        """Returns the rewards of the goal-conditioned form: 0 where achieved, else -1.

        Nothing but the two positions decides, so that hindsight can ask for another goal.

        Args:
            achieved: (..., 3) positions, m, as `achieved_goal` gives them.
            desired: (..., 3) positions of the goals, m.
        """
        away = np.linalg.norm(achieved - desired, axis=-1)
        return np.where(away < self.config.tolerance, 0.0, -1.0)

    def distance(self, state: TaskState) -> Floats:
        """Returns (N,) distances to the goal, m, of what is to be brought there.

        `metrics`, plots and the controller's diagnostics use it.
        """
        away: Floats = np.linalg.norm(state.goal - self.achieved_goal(state), axis=1)
        return away

    def achieved(self, state: TaskState) -> Bools:
        """Returns (N,) whether the goal is achieved now; success is `hold_periods` of it.

        By default where `goal_reward` is 0. A task that wants more than the position, such as an
        open gripper, adds it here, but hindsight learns from the position alone.
        """
        achieved: Bools = self.goal_reward(self.achieved_goal(state), state.goal) == 0.0
        return achieved

    def failed(self, state: TaskState) -> Bools:
        """Returns (N,) whether the goal can't be achieved any more; the episode ends then."""
        return np.zeros(len(state.tool), bool)

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
        return {"distance": self.distance(state)}

    def gripper_opening(self, state: TaskState) -> Floats:
        """Returns (N,) gripper openings to command, from 0 (closed) to 1 (open)."""
        return np.ones(len(state.tool))


def weighted_sum(terms: dict[str, Floats], weights: object) -> Floats:
    """Returns (N,) rewards: each term times the weight of its name, added in the terms' order."""
    weighted = [getattr(weights, name) * values for name, values in terms.items()]
    total: Floats = sum(weighted[1:], weighted[0])
    return total


def source_for(source: RobotSource, task: type[Task], config: TaskConfig) -> RobotSource:
    """Returns what the robot is loaded from with the objects of a task.

    Raises:
        UserError: If the robot can't be loaded, or can't do the task.
    """
    changes = task.scene_changes(source.load(), config)
    return replace(source, changes=json.dumps(changes)) if changes else source
