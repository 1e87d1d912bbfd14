"""Reach: bring the tool to the target and hold it there. Observation, reward, success, starts.

Pure functions on arrays, N arms at once; no physics, no ROS, no Gymnasium. Who wants to change the
reward changes it here and nowhere else.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pydantic
from numpy.typing import NDArray

from arm_sim.common.config import settings
from arm_sim.common.errors import UserError
from arm_sim.robot.robot import Floats, Kinematics, Robot

# What the SI values of an observation are multiplied by, so that a network finds them all of a
# size: the last centimetres of the way decide. With 5 instead of 10, A2C needs twice the steps;
# with 20, policies get lost when they go from target to target.
_VELOCITY_SCALE = 0.5
_LEAD_SCALE = 5.0
_DIFFERENCE_SCALE = 10.0
# What a joint that is a radian from home costs in a period, shared by the arm's joints. An arm with
# joints to spare has many ways to hold its tool at a target, and without this drifts from one to
# the next, until it is where it has never learnt anything.
_POSTURE_COST = 0.6
# Candidates drawn at a time when looking for reachable targets.
_CHUNK = 256
_LARGEST_TRIES = 200


def training_generator(seed: int) -> np.random.Generator:
    """Returns the generator that start states and targets of a training are drawn from."""
    return np.random.default_rng([0, seed])


def evaluation_generator(seed: int) -> np.random.Generator:
    """Returns a generator whose targets no training sees, whatever the seeds."""
    return np.random.default_rng([1, seed])


def selection_generator() -> np.random.Generator:
    """Returns the generator of the targets by which a training's best model is chosen.

    Not an evaluation's: a model chosen on the targets that it is judged by would look too good.
    """
    return np.random.default_rng([2, 0])


@settings
class ReachSettings:
    """What the task asks for."""

    control_rate: float = pydantic.Field(20.0, gt=0, description="Commands per second, Hz")
    tolerance: float = pydantic.Field(0.02, gt=0, description="Distance that counts as reached, m")
    hold_periods: int = pydantic.Field(
        5, ge=1, description="Control periods in a row within the tolerance"
    )
    max_periods: int = pydantic.Field(
        100, ge=1, description="Control periods until an episode is truncated"
    )
    start_spread: float = pydantic.Field(
        0.2, ge=0, description="Start states: at most so far from home, rad"
    )
    start_elsewhere: float = pydantic.Field(
        0.5,
        ge=0,
        le=1,
        description="Part of the episodes that start where another would have ended",
    )
    stay_after_success: float = pydantic.Field(
        0.5,
        ge=0,
        le=1,
        description="Training: part of the successful episodes after which the arm stays there",
    )
    stay_after_failure: float = pydantic.Field(
        0.5,
        ge=0,
        le=1,
        description="Training: the same of those that ran out of time",
    )
    target_spread: float = pydantic.Field(
        0.9, gt=0, description="Targets: tool positions so near home, rad"
    )
    latency: float = pydantic.Field(
        0.0,
        ge=0,
        le=1,
        description="Training: an episode's observations are late by up to this, drawn anew, s",
    )
    gripper_distance: float = pydantic.Field(
        0.15, ge=0, description="The gripper closes nearer than this, m"
    )

    @pydantic.model_validator(mode="after")
    def _can_succeed(self) -> "ReachSettings":
        if self.hold_periods > self.max_periods:
            raise ValueError(f"hold_periods must be at most max_periods ({self.max_periods})")
        return self


class Reach:
    """The reach task of one robot.

    Attributes:
        robot: The robot.
        settings: The task's settings.
        control_period: Seconds between commands.
        target_in_observation: Whether observations say where the target is; False for a policy that
            must find it in camera images.
        observation_names: What each of the O columns of an observation is.
        observation_scale: (O,) what its value in SI units is multiplied by.
    """

    def __init__(
        self, robot: Robot, reach: ReachSettings | None = None, target_in_observation: bool = True
    ) -> None:
        """Prepares the task for a robot."""
        self.robot = robot
        self.target_in_observation = target_in_observation
        self.settings = reach or ReachSettings()
        self.control_period = 1.0 / self.settings.control_rate
        self._candidates = Kinematics(robot, _CHUNK)
        # An endless joint is at the same place again after a turn, and has to look like it.
        endless = robot.endless[robot.arm]
        self._limited, self._endless = robot.arm[~endless], robot.arm[endless]
        arm = [robot.joint_names[i] for i in robot.arm]
        self.observation_names = tuple(
            [f"position/{robot.joint_names[i]}" for i in self._limited]
            + [f"position_sin/{robot.joint_names[i]}" for i in self._endless]
            + [f"position_cos/{robot.joint_names[i]}" for i in self._endless]
            + [f"velocity/{name}" for name in arm]
            + [
                f"{what}/{axis}"
                for what in (
                    "tool",
                    *(("target", "target_from_tool") if target_in_observation else ()),
                )
                for axis in "xyz"
            ]
            + ["gripper_opening"]
            + [f"lead/{name}" for name in arm]
        )
        self.observation_scale = np.ones(len(self.observation_names))
        for i, name in enumerate(self.observation_names):
            if name.startswith("velocity/"):
                self.observation_scale[i] = _VELOCITY_SCALE
            elif name.startswith("lead/"):
                self.observation_scale[i] = _LEAD_SCALE
            elif name.startswith("target_from_tool/"):
                self.observation_scale[i] = _DIFFERENCE_SCALE

    def observe(
        self, positions: Floats, velocities: Floats, tool: Floats, targets: Floats
    ) -> NDArray[np.float32]:
        """Returns (N, O) observations: `observation_names` in SI units, times `observation_scale`.

        Args:
            positions: (N, J) positions of every joint.
            velocities: (N, J) their velocities.
            tool: (N, 3) tool positions.
            targets: (N, A) the joints' position targets in force. How far they lead the positions
                tells what has been asked of the arm and not been seen yet.
        """
        robot = self.robot
        target = positions[:, robot.target]
        columns = [
            positions[:, self._limited],
            np.sin(positions[:, self._endless]),
            np.cos(positions[:, self._endless]),
            velocities[:, robot.arm],
            tool,
            *((target, target - tool) if self.target_in_observation else ()),
            robot.gripper_opening(positions)[:, None],
            targets - positions[:, robot.arm],
        ]
        return (np.concatenate(columns, axis=1) * self.observation_scale).astype(np.float32)

    def distance(self, positions: Floats, tool: Floats) -> Floats:
        """Returns (N,) distances from tool to target, m."""
        return np.linalg.norm(positions[:, self.robot.target] - tool, axis=1)

    def reward(
        self,
        positions: Floats,
        distance: Floats,
        actions: NDArray[np.floating[Any]],
        success: NDArray[np.bool_],
    ) -> Floats:
        """Returns (N,) rewards for arriving at `distance` by `actions`.

        Every period costs, less the nearer the tool is, so that finishing soon is best: a term that
        pulls from afar, one that still pulls in the last centimetres, one that pulls the joints
        towards home, and a little for moving calmly.

        Args:
            positions: (N, J) positions of every joint.
            distance: (N,) m.
            actions: (N, A) in [-1, 1].
            success: (N,) whether the episode just succeeded.
        """
        near = np.exp(-distance / self.settings.tolerance)
        effort = np.square(actions).mean(axis=1)
        posture = _POSTURE_COST * self._from_home(positions)
        return -2.0 * distance + 0.5 * (near - 1.0) - posture - 0.02 * effort + 2.0 * success

    def _from_home(self, positions: Floats) -> Floats:
        """Returns (N,) how far the arms are from home, on the mean of their joints.

        It grows with the square near home and with the distance far from it; endless joints only
        count within a turn.
        """
        away = positions - self.robot.home
        limited = np.sqrt(1.0 + np.square(away[:, self._limited])) - 1.0
        endless = 1.0 - np.cos(away[:, self._endless])
        return np.concatenate([limited, endless], axis=1).mean(axis=1)

    def gripper_openings(self, distance: Floats) -> Floats:
        """Returns (N,) gripper openings to command: closed near the target, else open."""
        return np.where(distance < self.settings.gripper_distance, 0.0, 1.0)

    def draw(self, random: np.random.Generator) -> Iterator[Floats]:
        """Yields start states without end: (J,) positions of every joint, the target's included.

        The arm starts near home, or where it could have reached some target; the new target is
        where the tool would be at some other arm position about home, so that it can be reached,
        and lies inside the robot's workspace.

        Raises:
            UserError: If no arm position puts the tool into the workspace.
        """
        robot, spread = self.robot, self.settings
        lower, upper = robot.lower[robot.arm], robot.upper[robot.arm]
        arms = len(robot.arm)
        fruitless = 0
        while True:
            goals = np.tile(robot.home, (_CHUNK, 1))
            goals[:, robot.arm] += random.uniform(
                -spread.target_spread, spread.target_spread, (_CHUNK, arms)
            )
            goals[:, robot.arm] = np.clip(goals[:, robot.arm], lower, upper)
            tools = self._candidates.tool_positions(goals)
            inside = ((tools > robot.workspace[0]) & (tools < robot.workspace[1])).all(axis=1)
            fruitless = 0 if inside.any() else fruitless + 1
            if fruitless == _LARGEST_TRIES:
                raise UserError(
                    f"{robot.name}: no arm position within {spread.target_spread} rad of home puts "
                    f"the tool into the workspace {robot.workspace.tolist()}."
                )
            if not inside.any():
                continue
            starts = np.tile(robot.home, (_CHUNK, 1))
            starts[:, robot.arm] += random.uniform(
                -spread.start_spread, spread.start_spread, (_CHUNK, arms)
            )
            starts[:, robot.arm] = np.clip(starts[:, robot.arm], lower, upper)
            # An arm at work goes from target to target, not from home to target.
            elsewhere = random.random(_CHUNK) < spread.start_elsewhere
            others = random.choice(np.flatnonzero(inside), _CHUNK)
            starts[elsewhere] = goals[others][elsewhere]
            starts[:, robot.target] = tools
            yield from starts[inside]
