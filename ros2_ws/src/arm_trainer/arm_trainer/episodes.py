"""Episodes: N arms doing the task over a backend, as plain arrays; the environments wrap this.

One `step` is one control period of every arm. Gymnasium's and SB3's conventions (autoreset, infos)
are left to `env.py`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from arm_sim.robot import Floats, Ints, Kinematics
from arm_trainer.backend import Backend, BatchState
from arm_trainer.shield import Shield
from arm_trainer.task import Reach


@dataclass(frozen=True)
class StepResult:
    """What one control period brought, for N arms.

    Attributes:
        observations: (N, O).
        rewards: (N,).
        terminated: (N,) the target was reached and held.
        truncated: (N,) time is up.
        distance: (N,) from tool to target, m.
    """

    observations: NDArray[np.float32]
    rewards: Floats
    terminated: NDArray[np.bool_]
    truncated: NDArray[np.bool_]
    distance: Floats


class Episodes:
    """N episodes side by side.

    Attributes:
        task: The task.
        backend: Where the arms are.
        observations: (N, O) the newest observations.
        distance: (N,) the newest distances, m.
        targets: (N, 3) where the targets are, m.
        periods: (N,) control periods since each episode began.
    """

    def __init__(self, task: Reach, backend: Backend) -> None:
        """Prepares; `seed` and `reset` come before the first step."""
        arms = backend.num_arms
        self.task = task
        self.backend = backend
        self.observations: NDArray[np.float32] = np.zeros(
            (arms, len(task.observation_names)), np.float32
        )
        self.distance: Floats = np.zeros(arms)
        self.periods: Ints = np.zeros(arms, dtype=np.int64)
        self._held: Ints = np.zeros(arms, dtype=np.int64)
        self._commanded: Floats = np.zeros((arms, len(task.robot.arm)))
        self._shield = Shield(task.robot, task.control_period)
        self.targets: Floats = np.zeros((arms, 3))
        self._kinematics = Kinematics(task.robot, arms)
        self._starts = task.draw(np.random.default_rng())

    @property
    def num_arms(self) -> int:
        """N."""
        return self.backend.num_arms

    def seed(self, random: np.random.Generator) -> None:
        """Draws the start states to come from `random`."""
        self._starts = self.task.draw(random)

    def reset(self, arms: Ints) -> None:
        """Begins new episodes for these arms (k,); the other arms hold still."""
        starts = np.stack([next(self._starts) for _ in arms])
        self._see(self.backend.reset(arms, starts))
        self._commanded[arms] = starts[:, self.task.robot.arm]
        self.periods[arms] = 0
        self._held[arms] = 0

    def step(self, actions: NDArray[np.floating]) -> StepResult:
        """Acts for one control period with actions (N, A) in [-1, 1]."""
        task, limits = self.task, self.task.settings
        self._commanded = self._shield.next_targets(self._commanded, actions)
        gripper = task.robot.gripper_command(task.gripper_openings(self.distance))
        self._see(self.backend.step(np.concatenate([self._commanded, gripper], axis=1)))
        self.periods += 1
        self._held = np.where(self.distance < limits.tolerance, self._held + 1, 0)
        terminated = self._held >= limits.hold_periods
        truncated = (self.periods >= limits.max_periods) & ~terminated
        # What was carried out counts, not what was asked for: see the shield.
        carried_out = np.nan_to_num(np.clip(actions, -1.0, 1.0))
        rewards = task.reward(self.distance, carried_out, terminated)
        return StepResult(self.observations, rewards, terminated, truncated, self.distance)

    def _see(self, state: BatchState) -> None:
        tool = self._kinematics.tool_positions(state.positions)
        self.observations = self.task.observe(state.positions, state.velocities, tool)
        self.distance = self.task.distance(state.positions, tool)
        self.targets = state.positions[:, self.task.robot.target]
