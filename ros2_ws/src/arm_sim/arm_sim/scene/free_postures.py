"""Tells which postures of an arm are free of contact, for many at once."""

import mujoco
import numpy as np
from mujoco.batch import Batch
from numpy.typing import NDArray

from arm_sim.common.arrays import Floats
from arm_sim.common.cpu_affinity import worker_threads_off_main_core
from arm_sim.robot.model import copy_model
from arm_sim.robot.robot import Robot
from arm_sim.scene.contact_masks import restore_masks

_CHUNK = 16


class FreePostures:
    """Judges postures by the contacts that the robot's own file allows, and by floor and table.

    A cheap scene lets links pass through each other; here they may not. Pairs of bodies that touch
    at home or nearly always do not count: the model excludes them. Equal postures give equal
    answers, in every process and with any number of threads.
    """

    def __init__(self, robot: Robot) -> None:
        """Prepares the robot's model.

        While MuJoCo's threads start, the CPU affinity of the calling thread is changed for a
        moment, see `worker_threads_off_main_core`.
        """
        model = copy_model(robot.model)
        restore_masks(model)
        # Touching counts, being near does not.
        model.geom_margin[:] = 0.0
        with worker_threads_off_main_core():
            self._batch = Batch(model, _CHUNK)
        self._positions = self._batch.bind("qpos")[:, : len(robot.home)]
        self._contacts = self._batch.bind("ncon")

    def free(self, positions: Floats) -> NDArray[np.bool_]:
        """Returns (K,) which of the joint positions (K, J), rad or m, are free of contact."""
        free = np.zeros(len(positions), bool)
        for start in range(0, len(positions), _CHUNK):
            chunk = positions[start : start + _CHUNK]
            self._positions[: len(chunk)] = chunk
            ids = np.arange(len(chunk))
            self._batch.forward(ids, stage=mujoco.mjtStage.mjSTAGE_POS.value)
            free[start : start + len(chunk)] = self._contacts[ids].reshape(-1) == 0
        return free
