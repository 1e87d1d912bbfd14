"""Lift: grasp an object and bring it to a goal above the table."""

from typing import Any, ClassVar

import numpy as np
import pydantic
from numpy.typing import NDArray

from arm_sim.common.arrays import Floats
from arm_sim.common.config import settings
from arm_trainer.tasks.grasp import near
from arm_trainer.tasks.tabletop import Tabletop, TabletopConfig
from arm_trainer.tasks.task import Bools, TaskConfig, TaskState

# Height at which an object is off the table for sure, m.
_OFF = 0.05


@settings
class LiftReward:
    """Weights of the reward terms of a control period: together 0.2, until success ends them.

    Success is worth as much as all of them for ever, with a discount factor of 0.95.
    """

    approach: float = pydantic.Field(0.03, description="Closeness of the hand to the grasp, 0 to 1")
    grasped: float = pydantic.Field(0.03, description="1 while the object is held")
    height: float = pydantic.Field(0.03, description="Height of the held object, up to 1")
    closeness: float = pydantic.Field(0.05, description="Closeness of the held object to the goal")
    reached: float = pydantic.Field(0.06, description="1 while the held object is at the goal")
    success: float = pydantic.Field(4.0, description="1 in the period in which the episode ends")
    action: float = pydantic.Field(-0.002, description="Mean square of the action")


@settings
class LiftConfig(TabletopConfig):
    """Settings of the lift task."""

    max_periods: int = pydantic.Field(100, ge=1, description="As of every task")
    stay_after_success: float = pydantic.Field(0.8, ge=0, le=1, description="As of every task")
    lowest_goal: float = pydantic.Field(0.05, ge=0, description="Smallest height of a goal, m")
    highest_goal: float = pydantic.Field(0.20, ge=0, description="Largest height, if reached, m")
    reward: LiftReward = LiftReward()


class Lift(Tabletop):
    """The lift task of one robot; see `Tabletop`."""

    name: ClassVar[str] = "lift"
    config_class: ClassVar[type[TaskConfig]] = LiftConfig

    def goals(self, random: np.random.Generator, objects: Floats) -> Floats:
        """See `Tabletop`: above the table."""
        config, on_table = self.config, self.table + self.half
        goal = self.postures.points[random.choice(self.postures.high)].copy()
        highest = min(config.highest_goal, self.robot.workspace[1, 2] - on_table)
        goal[2] = on_table + random.uniform(min(config.lowest_goal, highest / 2), highest)
        return goal

    def reward(
        self, state: TaskState, actions: NDArray[np.floating[Any]], success: Bools
    ) -> dict[str, Floats]:
        """See `Task` and `LiftReward`."""
        held = self.grasp.holds(state).astype(np.float64)
        height = state.objects[:, 0, 2] - self.table - self.half
        return {
            "approach": near(self.grasp.distance(state)),
            "grasped": held,
            "height": held * np.clip(height / _OFF, 0.0, 1.0),
            "closeness": held * near(self.distance(state)),
            "reached": held * self.achieved(state),
            "success": success.astype(np.float64),
            "action": np.square(actions).mean(axis=1),
        }

    def demonstrate(self, state: TaskState) -> tuple[Floats, Floats]:
        """See `Task`."""
        return self.shown.pick(state, state.goal - state.objects[:, 0, :3])

    def stages(self, state: TaskState) -> dict[str, Bools]:
        """See `Tabletop`."""
        held = self.grasp.holds(state)
        lifted = held & (state.objects[:, 0, 2] > self.table + self.half + _OFF / 2)
        return {"grasped": held, "lifted": lifted}
