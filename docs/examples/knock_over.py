"""Knock over a block: a task of one's own with an object; docs/own_task.md explains each part."""

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
import pydantic

from arm_sim.common.arrays import Floats
from arm_sim.common.config import settings
from arm_sim.robot.object_spec import upright_poses
from arm_sim.robot.robot import Robot
from arm_trainer.tasks.start import Start
from arm_trainer.tasks.task import Bools, Task, TaskConfig, TaskState


@settings
class KnockReward:
    distance: float = pydantic.Field(-2.0, description="From tool to block, m")
    stands: float = pydantic.Field(-0.2, description="1 while the block stands")
    action: float = pydantic.Field(-0.02, description="Mean square of the action")
    success: float = pydantic.Field(2.0, description="1 in the period of success")


@settings
class KnockConfig(TaskConfig):
    table: float = pydantic.Field(0.6, description="Height of what the block stands on, m")
    drop: float = pydantic.Field(0.03, gt=0, description="By how much its middle has to drop, m")
    reward: KnockReward = KnockReward()


class KnockOver(Task):
    """Knock over a block that stands anywhere on the table, with the closed gripper."""

    name: ClassVar[str] = "knock_over"
    config_class: ClassVar[type[TaskConfig]] = KnockConfig
    observation: ClassVar[tuple[str, ...]] = ("object_from_tool/block", "tool_position")
    keeps_objects: ClassVar[bool] = False

    @classmethod
    def scene_changes(cls, robot: Robot, config: KnockConfig) -> dict[str, Any]:
        x, y, _ = robot.goal_home
        size = [0.05, 0.05, 0.14]
        block = {"size": size, "mass": 0.1, "position": [x, y, config.table + size[2] / 2]}
        return {"objects": {"block": block}}

    def starts(self, random: np.random.Generator) -> Iterator[Start]:
        closed = self.robot.home.copy()
        closed[self.robot.gripper] = self.robot.gripper_closed
        lower, upper = self.robot.workspace
        while True:
            middle = random.uniform(lower + 0.1, upper - 0.1)
            middle[2] = self.robot.object_home[0, 2]
            yield Start(closed, middle, upright_poses(middle, np.zeros(()))[None])

    def distance(self, state: TaskState) -> Floats:
        return np.linalg.norm(state.objects[:, 0, :3] - state.tool, axis=1)

    def achieved(self, state: TaskState) -> Bools:
        return state.objects[:, 0, 2] < self.robot.object_home[0, 2] - self.config.drop

    def reward(self, state: TaskState, actions: Floats, success: Bools) -> dict[str, Floats]:
        return {
            "distance": self.distance(state),
            "stands": 1.0 - self.achieved(state),
            "action": np.square(actions).mean(axis=1),
            "success": success.astype(np.float64),
        }

    def gripper_opening(self, state: TaskState) -> Floats:
        return np.zeros(len(state.tool))
