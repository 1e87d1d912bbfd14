"""Nudge: a task with objects that nobody can learn; random actions show all that there is of it."""

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
import pydantic
from numpy.typing import NDArray

from arm_sim.common.arrays import Floats
from arm_sim.common.config import settings
from arm_sim.robot.object_spec import upright_poses
from arm_sim.robot.robot import Robot
from arm_trainer.tasks.reach import Reach
from arm_trainer.tasks.start import Start
from arm_trainer.tasks.task import Bools, Task, TaskConfig, TaskState
from support.object_scene import OBJECTS


@settings
class NudgeReward:
    distance: float = pydantic.Field(-1.0, description="From the cube to the goal, m")
    motion: float = pydantic.Field(-0.1, description="Of all objects")


@settings
class NudgeConfig(TaskConfig):
    reward: NudgeReward = NudgeReward()


class Nudge(Task):
    """Bring the cube to the goal; the can stands around."""

    name: ClassVar[str] = "nudge"
    config_class: ClassVar[type[TaskConfig]] = NudgeConfig
    observation: ClassVar[tuple[str, ...]] = Reach.observation
    moves_gripper: ClassVar[bool] = True

    @classmethod
    def scene_changes(cls, robot: Robot, config: Any) -> dict[str, Any]:
        return {"objects": OBJECTS}

    def starts(self, random: np.random.Generator) -> Iterator[Start]:
        robot = self.robot
        while True:
            positions = robot.home.copy()
            positions[robot.arm] += random.uniform(-0.2, 0.2, len(robot.arm))
            places = robot.object_home[:, :3] + random.uniform(-0.1, 0.1, (2, 3)) * [1, 1, 0]
            objects = upright_poses(places, random.uniform(-3, 3, 2))
            yield Start(positions, random.uniform(*robot.workspace), objects)

    def distance(self, state: TaskState) -> Floats:
        return np.linalg.norm(state.objects[:, 0, :3] - state.goal, axis=1)

    def achieved(self, state: TaskState) -> Bools:
        return self.distance(state) < 0.1

    def reward(
        self, state: TaskState, actions: NDArray[np.floating[Any]], success: Bools
    ) -> dict[str, Floats]:
        # A sum whose last bit depends on how the array is laid out in memory.
        moving = np.einsum("nmi,nmi->n", state.object_velocities, state.object_velocities)
        return {"distance": self.distance(state), "motion": moving}


class NudgeAnew(Nudge):
    """The same with objects that are placed anew for each goal."""

    keeps_objects: ClassVar[bool] = False
