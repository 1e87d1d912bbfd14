"""HandAbove: at which points a robot's hand can point down, free of contact."""

import mujoco
import numpy as np
from numpy.typing import NDArray

from arm_sim.common.arrays import Floats
from arm_sim.robot.inverse_kinematics import PoseSolver
from arm_sim.robot.kinematics import Kinematics
from arm_sim.robot.robot import Robot
from arm_sim.scene.free_postures import FreePostures
from arm_sim.scene.postures import random_postures

_SAMPLES = 512


class HandAbove:
    """Tells at which points one robot's hand can point down, free of contact.

    Attributes:
        reach: Largest distance of the tool from the arm's first joint, m.
        shoulder: (3,) where that joint is, m, base frame.
    """

    def __init__(self, robot: Robot) -> None:
        """Prepares for a robot.

        Raises:
            UserError: If the robot has no gripper.
        """
        self.robot, self.solver, self._free = robot, PoseSolver(robot), FreePostures(robot)
        data = mujoco.MjData(robot.model)
        mujoco.mj_kinematics(robot.model, data)
        self.shoulder: Floats = data.xanchor[robot.arm[0]].copy()
        postures = random_postures(robot, _SAMPLES, np.random.default_rng(0))
        tools = Kinematics(robot, _SAMPLES).tool_positions(postures)
        self.reach = float(np.linalg.norm(tools - self.shoulder, axis=1).max())

    def postures(
        self, points: Floats, start: Floats | None = None, restarts: int = 0
    ) -> tuple[Floats, NDArray[np.bool_]]:
        """Returns (n, A) postures for grasp points (n, 3), and which are right and free."""
        found, solved = self.solver.solve(points, start=start, restarts=restarts)
        positions = np.tile(self.robot.home, (len(found), 1))
        positions[:, self.robot.arm] = found
        solved[solved] = self._free.free(positions[solved])
        return found, solved
