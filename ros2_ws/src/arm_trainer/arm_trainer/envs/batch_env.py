"""BatchEnv: N arms doing the task over a backend, as plain arrays; the environments wrap this.

One `step` is one control period of every arm. Gymnasium's and SB3's conventions (autoreset, infos)
are left to `gym_env.py`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from arm_sim.common.errors import UserError
from arm_sim.robot.robot import Floats, Ints, Kinematics
from arm_trainer.actions.shield import Shield
from arm_trainer.backends.backend import Backend, BatchState
from arm_trainer.backends.camera_views import Frames, Views
from arm_trainer.envs.frame_stack import FrameStack
from arm_trainer.envs.observation_latency import ObservationLatency
from arm_trainer.tasks.reach import Reach


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


class BatchEnv:
    """N episodes side by side.

    Attributes:
        task: The task.
        backend: Where the arms are.
        views: The cameras that the arms are seen through, or None.
        observations: (N, O) the newest observations.
        frames: (N, S·K·3, H, W) what the cameras saw in the last S control periods of each arm's
            episode (see `FrameStack`), replaced by every call; None without views.
        distance: (N,) the newest distances, m.
        targets: (N, 3) where the targets are, m.
        periods: (N,) control periods since each episode began.
    """

    def __init__(
        self,
        task: Reach,
        backend: Backend,
        latencies: tuple[float, float] | None = None,
        views: Views | None = None,
    ) -> None:
        """Prepares; `seed` and `reset` come before the first step.

        Args:
            task: The task.
            backend: Where the arms are.
            latencies: Least and largest latency of an episode's observations, s; None for what the
                task's settings say. What counts as reached is judged without it.
            views: The cameras of the backend; None for none.

        Raises:
            UserError: If there is latency and there are views.
        """
        arms = backend.num_arms
        self.task = task
        self.backend = backend
        self.views = views
        self.observations: NDArray[np.float32] = np.zeros(
            (arms, len(task.observation_names)), np.float32
        )
        self.distance: Floats = np.zeros(arms)
        self.periods: Ints = np.zeros(arms, dtype=np.int64)
        self._held: Ints = np.zeros(arms, dtype=np.int64)
        self._shield = Shield(task.robot, arms, task.control_period)
        self._positions: Floats = np.tile(task.robot.home, (arms, 1))
        self._measured: Floats = np.zeros((arms, len(task.robot.arm)))
        self._seen_distance: Floats = self.distance
        self.targets: Floats = np.zeros((arms, 3))
        self._kinematics = Kinematics(task.robot, arms)
        self._random = np.random.default_rng()
        self._starts = task.draw(self._random)
        self._latencies = latencies or (0.0, task.settings.latency)
        self._latency: ObservationLatency | None = None
        if (longest := self._latencies[1]) > 0.0:
            joints = len(task.robot.joint_names)
            self._latency = ObservationLatency(arms, joints, task.control_period, longest)
        if views is not None and self._latency is not None:
            raise UserError("ObservationLatency can't be simulated with cameras yet: set it to 0.")
        self._stack = FrameStack(arms, views) if views is not None else None

    @property
    def num_arms(self) -> int:
        """N."""
        return self.backend.num_arms

    @property
    def frames(self) -> Frames | None:
        """What the cameras saw; see the class."""
        return None if self._stack is None else self._stack.frames

    def seed(self, random: np.random.Generator) -> None:
        """Draws the start states and latencies to come from `random`."""
        self._random = random
        self._starts = self.task.draw(random)

    def reset(self, arms: Ints) -> None:
        """Begins new episodes for these arms (k,); the other arms hold still."""
        self._begin(arms, self._draw(arms))

    def autoreset(self, arms: Ints) -> None:
        """Begins the next episodes of these arms (k,), some where the last ones ended.

        A deployed arm is not put back between targets. So that a policy also learns to get on from
        where its own ways lead, astray too, part of the arms only get a new target.
        """
        limits = self.task.settings
        starts = self._draw(arms)
        succeeded = self._held[arms] >= limits.hold_periods
        stays = self._random.random(len(arms)) < np.where(
            succeeded, limits.stay_after_success, limits.stay_after_failure
        )
        self._begin_where_they_are(arms, starts, stays)

    def reset_goal_only(self, arms: Ints) -> None:
        """Begins the next episodes of these arms (k,), all where the last ones ended."""
        self._begin_where_they_are(arms, self._draw(arms), np.ones(len(arms), bool))

    def _draw(self, arms: Ints) -> Floats:
        return np.stack([next(self._starts) for _ in arms])

    def _begin_where_they_are(self, arms: Ints, starts: Floats, stays: NDArray[np.bool_]) -> None:
        robot = self.task.robot
        targets = starts[stays][:, robot.target]
        starts[stays] = self._positions[arms[stays]]
        starts[np.ix_(stays, robot.target)] = targets
        self._begin(arms, starts)

    def _begin(self, arms: Ints, starts: Floats) -> None:
        self._shield.start(arms, starts[:, self.task.robot.arm])
        state = self.backend.reset(arms, starts)
        if self._latency is not None:
            latencies = self._random.uniform(*self._latencies, len(arms))
            self._latency.start(arms, latencies, state.positions, state.velocities)
        if self._stack is not None:
            # One frame for each period acted in, as when deployed: the arms that held still get
            # none, and their newest shows the very pose in which they go on.
            self._stack.start(arms, _images(state))
        self._see(state)
        self.periods[arms] = 0
        self._held[arms] = 0

    def step(self, actions: NDArray[np.floating]) -> StepResult:
        """Acts for one control period with actions (N, A) in [-1, 1]."""
        task, limits = self.task, self.task.settings
        targets = self._shield.next_targets(actions, self._measured)
        gripper = task.robot.gripper_command(task.gripper_openings(self._seen_distance))
        state = self.backend.step(np.concatenate([targets, gripper], axis=1))
        if self._latency is not None:
            self._latency.take(state.positions, state.velocities)
        if self._stack is not None:
            self._stack.push(_images(state))
        self._see(state)
        self.periods += 1
        self._held = np.where(self.distance < limits.tolerance, self._held + 1, 0)
        terminated = self._held >= limits.hold_periods
        truncated = (self.periods >= limits.max_periods) & ~terminated
        # What was carried out counts, not what was asked for: see the shield.
        carried_out = np.where(np.isnan(actions), 0.0, np.clip(actions, -1.0, 1.0))
        rewards = task.reward(state.positions, self.distance, carried_out, terminated)
        return StepResult(self.observations, rewards, terminated, truncated, self.distance)

    def _see(self, state: BatchState) -> None:
        task = self.task
        positions, velocities = state.positions, state.velocities
        tool = self._kinematics.tool_positions(positions)
        self.distance = task.distance(positions, tool)
        self._seen_distance = self.distance
        self.targets = positions[:, task.robot.target]
        self._positions = positions
        if self._latency is not None:
            positions, velocities = self._latency.seen()
            tool = self._kinematics.tool_positions(positions)
            self._seen_distance = task.distance(positions, tool)
        self._measured = positions[:, task.robot.arm]
        self.observations = task.observe(positions, velocities, tool, self._shield.targets)


def _images(state: BatchState) -> Frames:
    if state.images is None:
        raise UserError("The arms come without images: make their backend with the same views.")
    return state.images
