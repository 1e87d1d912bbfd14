"""ToolStarts: start states and goals that the tool can reach, free of contact."""

from collections.abc import Iterator

import numpy as np

from arm_sim.common.arrays import Floats
from arm_sim.common.errors import UserError
from arm_sim.robot.kinematics import Kinematics
from arm_sim.robot.robot import Robot
from arm_sim.scene.free_postures import FreePostures
from arm_trainer.tasks.start import Start

# Arm positions drawn at a time, and how often none of them may be of use.
_CHUNK = 256
_LARGEST_TRIES = 200


class ToolStarts:
    """Draws arm positions near home, and goals where the tool is at other such positions."""

    def __init__(self, robot: Robot) -> None:
        """Prepares for a robot."""
        self._robot = robot
        self._candidates = Kinematics(robot, _CHUNK)
        self._postures = FreePostures(robot)

    def draw(
        self, random: np.random.Generator, goal_spread: float, start_spread: float, elsewhere: float
    ) -> Iterator[Start]:
        """Yields start states without end.

        The arm starts near home, or where it could have reached some goal. The goal is where the
        tool is at another arm position about home, so that it can be reached, and lies inside the
        robot's workspace. At neither of the two does the arm touch itself or anything around.

        Args:
            random: Draws all of it.
            goal_spread: Goals: largest deviation of a joint from home, rad or m.
            start_spread: Starts: the same.
            elsewhere: Share of the starts at a position that leads to another goal: a deployed arm
                goes from goal to goal, not from home to goal.

        Raises:
            UserError: If no such arm position puts the tool into the workspace.
        """
        robot, fruitless = self._robot, 0
        while True:
            goals = self._near_home(random, goal_spread)
            tools = self._candidates.tool_positions(goals)
            inside = ((tools > robot.workspace[0]) & (tools < robot.workspace[1])).all(axis=1)
            inside[inside] = self._postures.free(goals[inside])
            fruitless = 0 if inside.any() else fruitless + 1
            if fruitless == _LARGEST_TRIES:
                raise UserError(
                    f"{robot.name}: no arm position within {goal_spread} rad of home that is free "
                    f"of contact puts the tool into the workspace {robot.workspace.tolist()}."
                )
            if not inside.any():
                continue
            starts = self._near_home(random, start_spread)
            moved = random.random(_CHUNK) < elsewhere
            others = random.choice(np.flatnonzero(inside), _CHUNK)
            starts[moved] = goals[others][moved]
            usable = np.flatnonzero(inside)
            for i in usable[self._postures.free(starts[usable])]:
                yield Start(starts[i], tools[i], robot.object_home)

    def _near_home(self, random: np.random.Generator, spread: float) -> Floats:
        """Returns (_CHUNK, J) joint positions whose arm joints are within `spread` of home."""
        robot, arm = self._robot, self._robot.arm
        positions = np.tile(robot.home, (_CHUNK, 1))
        positions[:, arm] += random.uniform(-spread, spread, (_CHUNK, len(arm)))
        positions[:, arm] = np.clip(positions[:, arm], robot.lower[arm], robot.upper[arm])
        return positions
