"""Reach: bring the tool to the target and hold it there."""

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
import pydantic
from numpy.typing import NDArray

from arm_sim.common.arrays import Floats
from arm_sim.common.config import settings
from arm_sim.common.errors import UserError
from arm_sim.robot.kinematics import Kinematics
from arm_sim.robot.robot import Robot
from arm_sim.scene.free_postures import FreePostures
from arm_trainer.tasks.task import Bools, Task, TaskConfig, TaskState

# Arm positions drawn at a time when looking for reachable targets.
_CHUNK = 256
_LARGEST_TRIES = 200


@settings
class ReachReward:
    """Weights of the reward terms of a control period; negative weights are costs."""

    distance: float = pydantic.Field(-2.0, description="Distance from tool to target, m")
    closeness: float = pydantic.Field(
        0.5,
        description="From -1 far away to 0 at the target, within some tolerances: the last "
        "centimetres count",
    )
    posture: float = pydantic.Field(
        -0.6,
        description="Mean deviation of the arm joints from home, rad. An arm with joints to spare "
        "reaches a target in many postures; without this cost it drifts into postures in which it "
        "has never been trained",
    )
    action: float = pydantic.Field(-0.02, description="Mean square of the action")
    success: float = pydantic.Field(2.0, description="1 in the period in which the episode ends")


@settings
class ReachConfig(TaskConfig):
    """Settings of the reach task."""

    tolerance: float = pydantic.Field(0.02, gt=0, description="Distance that counts as reached, m")
    start_spread: float = pydantic.Field(
        0.2, ge=0, description="Start states: largest deviation of a joint from home, rad"
    )
    start_elsewhere: float = pydantic.Field(
        0.5,
        ge=0,
        le=1,
        description="Share of the episodes that start where another episode would have ended",
    )
    target_spread: float = pydantic.Field(
        0.9,
        gt=0,
        description="Targets: tool positions of arm positions within this of home, rad",
    )
    gripper_distance: float = pydantic.Field(
        0.15, ge=0, description="The gripper closes nearer to the target than this, m"
    )
    reward: ReachReward = ReachReward()

    VISION: ClassVar[dict[str, float]] = {"gripper_distance": 0.0}


class Reach(Task):
    """The reach task of one robot; see `task.Task`."""

    name: ClassVar[str] = "reach"
    config_class: ClassVar[type[TaskConfig]] = ReachConfig
    observation: ClassVar[tuple[str, ...]] = ("tool_position", "target_from_tool")

    def __init__(self, robot: Robot, config: ReachConfig | None = None) -> None:
        """See `Task`."""
        super().__init__(robot, config)
        self._candidates = Kinematics(robot, _CHUNK)
        self._postures = FreePostures(robot)
        endless = robot.endless[robot.arm]
        self._limited, self._endless = robot.arm[~endless], robot.arm[endless]

    def achieved(self, state: TaskState) -> Bools:
        """See `Task`: the tool is within the tolerance of the target."""
        return state.goal_distance < self.config.tolerance

    def reward(
        self, state: TaskState, actions: NDArray[np.floating[Any]], success: Bools
    ) -> dict[str, Floats]:
        """See `Task` and `ReachReward`. Every period costs, so that finishing soon is best."""
        distance = state.goal_distance
        return {
            "distance": distance,
            "closeness": np.exp(-distance / self.config.tolerance) - 1.0,
            "posture": self._from_home(state.positions),
            "action": np.square(actions).mean(axis=1),
            "success": success.astype(np.float64),
        }

    def gripper_opening(self, state: TaskState) -> Floats:
        """See `Task`: closed near the target, else open."""
        return np.where(state.goal_distance < self.config.gripper_distance, 0.0, 1.0)

    def _from_home(self, positions: Floats) -> Floats:
        """Returns (N,) deviations of the arms from home, averaged over their joints, rad.

        Quadratic near home and linear far from it; endless joints count within one turn.
        """
        away = positions - self.robot.home
        limited = np.sqrt(1.0 + np.square(away[:, self._limited])) - 1.0
        endless = 1.0 - np.cos(away[:, self._endless])
        return np.concatenate([limited, endless], axis=1).mean(axis=1)

    def starts(self, random: np.random.Generator) -> Iterator[Floats]:
        """See `Task`.

        The arm starts near home, or where it could have reached some target. The target is where
        the tool is at another arm position about home, so that it can be reached, and lies inside
        the robot's workspace. At neither of the two does the arm touch itself or anything around.

        Raises:
            UserError: If no such arm position puts the tool into the workspace.
        """
        robot, config = self.robot, self.config
        fruitless = 0
        while True:
            goals = self._near_home(random, config.target_spread)
            tools = self._candidates.tool_positions(goals)
            inside = ((tools > robot.workspace[0]) & (tools < robot.workspace[1])).all(axis=1)
            inside[inside] = self._postures.free(goals[inside])
            fruitless = 0 if inside.any() else fruitless + 1
            if fruitless == _LARGEST_TRIES:
                raise UserError(
                    f"{robot.name}: no arm position within {config.target_spread} rad of home that "
                    "is free of contact puts the tool into the workspace "
                    f"{robot.workspace.tolist()}."
                )
            if not inside.any():
                continue
            starts = self._near_home(random, config.start_spread)
            # A deployed arm goes from target to target, not from home to target.
            elsewhere = random.random(_CHUNK) < config.start_elsewhere
            others = random.choice(np.flatnonzero(inside), _CHUNK)
            starts[elsewhere] = goals[others][elsewhere]
            starts[:, robot.target] = tools
            usable = np.flatnonzero(inside)
            yield from starts[usable[self._postures.free(starts[usable])]]

    def _near_home(self, random: np.random.Generator, spread: float) -> Floats:
        """Returns (_CHUNK, J) joint positions whose arm joints are within `spread` rad of home."""
        robot, arm = self.robot, self.robot.arm
        positions = np.tile(robot.home, (_CHUNK, 1))
        positions[:, arm] += random.uniform(-spread, spread, (_CHUNK, len(arm)))
        positions[:, arm] = np.clip(positions[:, arm], robot.lower[arm], robot.upper[arm])
        return positions
