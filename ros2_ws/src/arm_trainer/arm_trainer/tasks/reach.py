"""Reach: bring the tool to the goal and hold it there."""

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
import pydantic
from numpy.typing import NDArray

from arm_sim.common.arrays import Floats
from arm_sim.common.config import settings
from arm_sim.robot.robot import Robot
from arm_trainer.tasks.start import Start
from arm_trainer.tasks.task import Bools, Task, TaskConfig, TaskState
from arm_trainer.tasks.tool_starts import ToolStarts


@settings
class ReachReward:
    """Weights of the reward terms of a control period; negative weights are costs."""

    distance: float = pydantic.Field(-2.0, description="Distance from tool to target, m")
    closeness: float = pydantic.Field(0.5, description="From -1 far away to 0 at the target")
    # Without it an arm drifts into postures in which it has never been trained.
    posture: float = pydantic.Field(-0.6, description="Mean deviation of the joints from home, rad")
    action: float = pydantic.Field(-0.02, description="Mean square of the action")
    success: float = pydantic.Field(2.0, description="1 in the period in which the episode ends")


@settings
class ReachConfig(TaskConfig):
    """Settings of the reach task; spreads are largest deviations of a joint from home, rad."""

    start_spread: float = pydantic.Field(0.2, ge=0, description="Spread of start states, rad")
    start_elsewhere: float = pydantic.Field(
        0.5, ge=0, le=1, description="Share of the starts where another episode would have ended"
    )
    target_spread: float = pydantic.Field(0.9, gt=0, description="Spread of targets, rad")
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
        self._starts = ToolStarts(robot)

    def starts(self, random: np.random.Generator) -> Iterator[Start]:
        """See `Task` and `ToolStarts`."""
        c = self.config
        return self._starts.draw(random, c.target_spread, c.start_spread, c.start_elsewhere)

    def reward(
        self, state: TaskState, actions: NDArray[np.floating[Any]], success: Bools
    ) -> dict[str, Floats]:
        """See `Task` and `ReachReward`. Every period costs, so that finishing soon is best."""
        distance = self.distance(state)
        return {
            "distance": distance,
            "closeness": np.exp(-distance / self.config.tolerance) - 1.0,
            "posture": self.robot.deviation_from_home(state.positions),
            "action": np.square(actions).mean(axis=1),
            "success": success.astype(np.float64),
        }

    def gripper_opening(self, state: TaskState) -> Floats:
        """See `Task`: closed near the target, else open."""
        return np.where(self.distance(state) < self.config.gripper_distance, 0.0, 1.0)
