"""Stack: put one object on another and let go of it."""

from typing import ClassVar

import numpy as np

from arm_sim.common.arrays import Floats
from arm_trainer.tasks.place import Place


class Stack(Place):
    """Places the cube on the lower cube, wherever that is; see `Place`."""

    name: ClassVar[str] = "stack"
    names: ClassVar[tuple[str, ...]] = ("cube", "lower_cube")
    keeps_objects: ClassVar[bool] = False
    observation: ClassVar[tuple[str, ...]] = (*Place.observation, "object_heading/lower_cube")

    def goals(self, random: np.random.Generator, objects: Floats) -> Floats:
        """See `Tabletop`: on the lower cube."""
        return self.present_goals(objects[None, 1, :3], objects[None])[0]

    def present_goals(self, goals: Floats, objects: Floats) -> Floats:
        """See `Task`: on the lower cube, also after it has been moved."""
        return objects[:, 1, :3] + [0.0, 0.0, self.height]
