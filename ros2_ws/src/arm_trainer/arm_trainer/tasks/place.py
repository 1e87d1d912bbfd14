"""Place: bring an object to a goal on the table and let go of it."""

from typing import Any, ClassVar

import numpy as np
import pydantic
from numpy.typing import NDArray

from arm_sim.common.arrays import Floats
from arm_sim.common.config import settings
from arm_trainer.tasks.grasp import near
from arm_trainer.tasks.tabletop import Tabletop, TabletopConfig
from arm_trainer.tasks.task import Bools, TaskConfig, TaskState

# An object at rest is slower, m/s; one that lies, and one above its goal, are so much higher, m.
_REST_SPEED, _LYING, _OVER = 0.05, 0.01, 0.05


@settings
class PlaceReward:
    """Weights of the reward terms of a control period; see `LiftReward`."""

    approach: float = pydantic.Field(0.03, description="Closeness of the hand to the grasp, 0 to 1")
    grasped: float = pydantic.Field(0.03, description="1 while the object is held or lies there")
    closeness: float = pydantic.Field(0.06, description="Closeness of such an object to the goal")
    placed: float = pydantic.Field(0.04, description="1 while the object lies at the goal")
    released: float = pydantic.Field(0.04, description="How far the hand has opened then, 0 to 1")
    success: float = pydantic.Field(4.0, description="1 in the period in which the episode ends")
    action: float = pydantic.Field(-0.002, description="Mean square of the action")


@settings
class PlaceConfig(TabletopConfig):
    """Settings of the place task."""

    reward: PlaceReward = PlaceReward()


class Place(Tabletop):
    """The place task of one robot; see `Tabletop`."""

    name: ClassVar[str] = "place"
    config_class: ClassVar[type[TaskConfig]] = PlaceConfig

    def lies_there(self, state: TaskState) -> Bools:
        """Returns (N,) whether the object is at the goal, as low as where it is to lie."""
        low: Bools = np.abs(state.goal[:, 2] - state.objects[:, 0, 2]) < _LYING
        return low & (self.distance(state) < self.config.tolerance)

    def placed(self, state: TaskState) -> Bools:
        """Returns (N,) whether the object lies at the goal, at rest."""
        return self.lies_there(state) & (self.speed(state) < _REST_SPEED)

    def achieved(self, state: TaskState) -> Bools:
        """See `Task`: the object lies at the goal, and the hand has let go of it."""
        return self.placed(state) & self.grasp.open(state)

    def reward(
        self, state: TaskState, actions: NDArray[np.floating[Any]], success: Bools
    ) -> dict[str, Floats]:
        """See `Task` and `PlaceReward`."""
        placed = self.placed(state)
        carried = self.grasp.holds(state) | placed
        way = state.goal - state.objects[:, 0, :3]
        beside = np.linalg.norm(way[:, :2], axis=1)
        # By way of above the goal, so that the object is lifted and not dragged.
        above = way[:, 2] + np.clip(2.0 * (beside - 0.01), 0.0, _OVER)
        return {
            "approach": np.where(placed, 1.0, near(self.grasp.distance(state))),
            "grasped": carried.astype(np.float64),
            "closeness": carried * near(np.hypot(beside, above)),
            "placed": placed.astype(np.float64),
            "released": placed * self.grasp.freedom(state),
            "success": success.astype(np.float64),
            "action": np.square(actions).mean(axis=1),
        }

    def demonstrate(self, state: TaskState) -> tuple[Floats, Floats]:
        """See `Task`."""
        way = state.goal - state.objects[:, 0, :3]
        pick, grip = self.shown.pick(state, self.shown.raised(way))
        leave, wide = self.shown.leave(state)
        there = self.lies_there(state)
        return np.where(there[:, None], leave, pick), np.where(there, wide, grip)

    def stages(self, state: TaskState) -> dict[str, Bools]:
        """See `Tabletop`."""
        return {"grasped": self.grasp.holds(state), "placed": self.placed(state)}
