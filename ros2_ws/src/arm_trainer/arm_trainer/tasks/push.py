"""Push: move an object over the table to a goal with the closed hand."""

from typing import Any, ClassVar

import numpy as np
import pydantic
from numpy.typing import NDArray

from arm_sim.common.arrays import Floats
from arm_sim.common.config import settings
from arm_trainer.tasks.grasp import near
from arm_trainer.tasks.tabletop import ObjectConfig, Tabletop, TabletopConfig
from arm_trainer.tasks.task import Bools, TaskConfig, TaskState


@settings
class PushReward:
    """Weights of the reward terms of a control period; see `LiftReward`."""

    approach: float = pydantic.Field(
        0.05, description="Closeness of the hand to the object, 0 to 1"
    )
    closeness: float = pydantic.Field(0.10, description="Closeness of the object to the goal")
    reached: float = pydantic.Field(0.05, description="1 while the object is at the goal")
    success: float = pydantic.Field(4.0, description="1 in the period in which the episode ends")
    action: float = pydantic.Field(-0.002, description="Mean square of the action")


@settings
class PushConfig(TabletopConfig):
    """Settings of the push task."""

    # With more friction, a cube that is pushed tips over or sticks to the fist.
    object: ObjectConfig = ObjectConfig(friction=0.5)  # type: ignore[call-arg]
    rest_speed: float = pydantic.Field(0.05, gt=0, description="An object at rest is slower, m/s")
    reward: PushReward = PushReward()


class Push(Tabletop):
    """The push task of one robot; see `Tabletop`."""

    name: ClassVar[str] = "push"
    config_class: ClassVar[type[TaskConfig]] = PushConfig
    moves_gripper: ClassVar[bool] = False
    inset: ClassVar[float] = 0.05  # The hand has to be behind the object.
    observation: ClassVar[tuple[str, ...]] = (
        "tool_from_home",
        "object_from_tool/cube",
        "object_near_tool/cube",
        "goal_from_object/cube",
        "goal_near_object/cube",
        "object_velocity/cube",
        "object_heading/cube",
    )

    def gripper_opening(self, state: TaskState) -> Floats:
        """See `Task`: closed."""
        return np.zeros(len(state.tool))

    def achieved(self, state: TaskState) -> Bools:
        """See `Task`: the object is at the goal, at rest."""
        resting = self.speed(state) < self.config.rest_speed
        return resting & super().achieved(state)

    def demonstrate(self, state: TaskState) -> tuple[Floats, Floats]:
        """See `Task`: the fist goes behind the object, then pushes it towards the goal."""
        return self.shown.push(state), np.ones(len(state.tool))

    def reward(
        self, state: TaskState, actions: NDArray[np.floating[Any]], success: Bools
    ) -> dict[str, Floats]:
        """See `Task` and `PushReward`."""
        return {
            "approach": near(self.grasp.distance(state)),
            "closeness": near(self.distance(state)),
            "reached": self.achieved(state).astype(np.float64),
            "success": success.astype(np.float64),
            "action": np.square(actions).mean(axis=1),
        }
