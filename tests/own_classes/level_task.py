"""Level: a toy task of one file, to show what a task of one's own takes."""

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
import pydantic
from numpy.typing import NDArray

from arm_sim.common.arrays import Floats
from arm_sim.common.config import settings
from arm_trainer.tasks.start import Start
from arm_trainer.tasks.task import Bools, Task, TaskConfig, TaskState


@settings
class LevelReward:
    height: float = pydantic.Field(-1.0, description="Difference of heights, m")
    success: float = pydantic.Field(1.0, description="1 in the period of success")


@settings
class LevelConfig(TaskConfig):
    tolerance: float = pydantic.Field(0.05, gt=0, description="Largest difference of heights, m")
    reward: LevelReward = LevelReward()


class Level(Task):
    """Bring the tool to the height of the goal and hold it there."""

    name: ClassVar[str] = "level"
    config_class: ClassVar[type[TaskConfig]] = LevelConfig
    observation: ClassVar[tuple[str, ...]] = ("joint_positions", "tool_position", "target_position")

    def starts(self, random: np.random.Generator) -> Iterator[Start]:
        lower, upper = self.robot.workspace
        while True:
            goal = random.uniform(lower, upper)
            yield Start(self.robot.home, goal, self.robot.object_home)

    def achieved(self, state: TaskState) -> Bools:
        return self._difference(state) < self.config.tolerance

    def reward(
        self, state: TaskState, actions: NDArray[np.floating[Any]], success: Bools
    ) -> dict[str, Floats]:
        return {"height": self._difference(state), "success": success.astype(np.float64)}

    def metrics(self, state: TaskState) -> dict[str, Floats]:
        return {"height_distance": self._difference(state)}

    def _difference(self, state: TaskState) -> Floats:
        return np.abs(state.goal[:, 2] - state.tool[:, 2])
