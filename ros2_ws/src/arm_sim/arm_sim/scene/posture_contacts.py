"""Which bodies of a robot touch at a posture, leaving out those that always do."""

from collections.abc import Iterable

import mujoco
import numpy as np

from arm_sim.common.arrays import Floats
from arm_sim.scene.arm_geometry import ArmGeometry

Pairs = frozenset[tuple[int, int]]
_SAMPLES = 60
# Bodies that touch at this share of random postures do so by their drawing, not by a collision.
_ALWAYS = 0.5


class PostureContacts:
    """Finds the pairs of bodies that touch at a posture of an arm.

    Attributes:
        always: Pairs of bodies that touch nearly everywhere, which are left out.
    """

    def __init__(self, geometry: ArmGeometry) -> None:
        """Looks at random postures to learn which contacts mean nothing."""
        self._geometry = geometry
        self._data = mujoco.MjData(geometry.model)
        self.always: Pairs = frozenset()
        random = np.random.default_rng(0)
        postures = random.uniform(geometry.lower, geometry.upper, (_SAMPLES, len(geometry.arm)))
        counts: dict[tuple[int, int], int] = {}
        for pair in self._all_pairs(postures):
            counts[pair] = counts.get(pair, 0) + 1
        self.always = frozenset(p for p, n in counts.items() if n >= _ALWAYS * _SAMPLES)

    def _all_pairs(self, postures: Floats) -> Iterable[tuple[int, int]]:
        for posture in postures:
            yield from self.at(posture)

    def at(self, posture: Floats) -> Pairs:
        """Returns the pairs of bodies that touch at a posture (A,)."""
        model, data = self._geometry.model, self._data
        self._geometry.place(data, posture)
        mujoco.mj_kinematics(model, data)
        mujoco.mj_comPos(model, data)
        mujoco.mj_collision(model, data)
        bodies = np.sort(model.geom_bodyid[data.contact.geom[data.contact.dist < 0]], axis=1)
        return frozenset((int(a), int(b)) for a, b in bodies) - self.always
