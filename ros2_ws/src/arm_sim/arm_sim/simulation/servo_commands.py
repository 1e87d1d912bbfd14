"""ServoCommands: the position targets of N arms, and what the physics makes its forces from."""

import mujoco
import numpy as np
from mujoco.batch import Batch
from numpy.typing import NDArray

from arm_sim.common.arrays import Floats
from arm_sim.robot.servo_arrays import ServoArrays


class ServoCommands:
    """Position targets of N arms, kept with the controls and activations that follow from them.

    Attributes:
        targets: (N, C) the present position targets, rad or m; not to be changed.
    """

    def __init__(self, batch: Batch, model: mujoco.MjModel, servos: ServoArrays) -> None:
        """Binds the arrays of a batch; `place` must give every joint its first target."""
        self._servos = servos
        self._controls = batch.bind("ctrl")
        self._activations: Floats = batch.bind("act")
        # Of actuators that no command reaches.
        self._other_activations = np.setdiff1d(np.arange(model.na), servos.activations)
        self.targets: Floats = np.zeros((len(self._controls), len(servos.actuators)))

    def set(self, targets: Floats) -> None:
        """Sets position targets (N, C), rad or m."""
        self.targets[:] = targets
        self._controls[:, self._servos.controls] = self._servos.to_controls(self.targets)

    def place(self, mask: NDArray[np.bool_], targets: Floats) -> None:
        """Sets the targets (N, C) of the joints in a mask (N, C), as if they had long been there.

        Filters are at rest at the new target, integrals are 0, so that what was commanded before
        does not matter.
        """
        if not mask.any():
            return
        self.set(np.where(mask, targets, self.targets))
        if not self._activations.shape[1]:
            return
        servos = self._servos
        resting = servos.resting_activations(self.targets)
        present = self._activations[:, servos.activations]
        self._activations[:, servos.activations] = np.where(
            mask[:, servos.columns], resting, present
        )
        placed = np.flatnonzero(mask.any(axis=1))
        self._activations[np.ix_(placed, self._other_activations)] = 0.0
