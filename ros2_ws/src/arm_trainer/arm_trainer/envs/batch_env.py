"""BatchEnv: N arms doing a task over a backend, as plain arrays; every environment wraps this.

One `step` is one control period of every arm. The conventions of Gymnasium and Stable-Baselines3
(spaces, infos, automatic resets) are left to the wrappers.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from arm_sim.common.arrays import Floats, Ints
from arm_sim.common.errors import UserError
from arm_sim.robot.kinematics import Kinematics
from arm_trainer.actions.shield import Shield
from arm_trainer.backends.backend import Backend, BatchState
from arm_trainer.backends.camera_views import Frames, Views
from arm_trainer.envs.frame_stack import FrameStack
from arm_trainer.envs.observation_latency import ObservationLatency
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.tasks.hold_counter import HoldCounter
from arm_trainer.tasks.task import Bools, TaskState, weighted_sum


@dataclass(frozen=True)
class StepResult:
    """Result of one control period, for N arms.

    Attributes:
        observations: (N, O) observations at the end of the period.
        rewards: (N,) rewards.
        terminated: (N,) the goal was achieved and held: success.
        truncated: (N,) the episode's time is up.
        metrics: The task's figures, (N,) each.
    """

    observations: NDArray[np.float32]
    rewards: Floats
    terminated: Bools
    truncated: Bools
    metrics: dict[str, Floats]


class BatchEnv:
    """N episodes side by side.

    Attributes:
        interface: Task, action and observation.
        backend: The backend that moves the arms.
        views: The cameras whose frames a policy sees, or None.
        observations: (N, O) the newest observations.
        state: The newest state of the arms.
        periods: (N,) control periods since each episode began.
    """

    def __init__(
        self,
        interface: PolicyInterface,
        backend: Backend,
        latencies: tuple[float, float] | None = None,
        views: Views | None = None,
    ) -> None:
        """Prepares; `seed` and `reset` come before the first step.

        Args:
            interface: Task, action and observation.
            backend: The backend that moves the arms.
            latencies: Smallest and largest latency of an episode's observations, s; None for the
                latency of the task's settings. Reward and success are judged without latency.
            views: The cameras of the backend; None for none.

        Raises:
            UserError: If both latency and views are asked for.
        """
        arms, task, robot = backend.num_arms, interface.task, interface.robot
        self.interface = interface
        self.backend = backend
        self.views = views
        self.observations: NDArray[np.float32] = np.zeros(
            (arms, len(interface.observation_names)), np.float32
        )
        self.periods: Ints = np.zeros(arms, dtype=np.int64)
        self._hold = HoldCounter(task.config.hold_periods, arms)
        self._shield = Shield(robot, arms, interface.control_period)
        self._kinematics = Kinematics(robot, arms)
        home = np.tile(robot.home, (arms, 1))
        self.state = self._observed = self._task_state(home, np.zeros(home.shape))
        self._random = np.random.default_rng()
        self._starts = task.starts(self._random)
        self._latencies: tuple[float, float] = latencies or (0.0, task.config.latency)
        self._latency: ObservationLatency | None = None
        if (longest := self._latencies[1]) > 0.0:
            joints = len(robot.joint_names)
            self._latency = ObservationLatency(arms, joints, interface.control_period, longest)
        if views is not None and self._latency is not None:
            raise UserError("Latency can't be simulated with cameras yet: set it to 0.")
        self._stack = FrameStack(arms, views) if views is not None else None

    @property
    def num_arms(self) -> int:
        """N."""
        return self.backend.num_arms

    @property
    def frames(self) -> Frames | None:
        """(N, S·K·3, H, W) frames of the last S control periods of each arm's episode.

        See `FrameStack`; None without views.
        """
        return None if self._stack is None else self._stack.frames

    def seed(self, random: np.random.Generator) -> None:
        """Draws start states, goals and latencies from `random` from now on."""
        self._random = random
        self._starts = self.interface.task.starts(random)

    def reset(self, arms: Ints) -> None:
        """Begins new episodes for these arms (k,); the other arms hold still."""
        self.begin(arms, self._draw(arms))

    def autoreset(self, arms: Ints) -> None:
        """Begins the next episodes of these arms (k,), some of them where the last ones ended.

        A deployed arm is not put back between goals. So that a policy also learns to continue from
        wherever it has moved the arm, some of the arms stay and only get a new goal.
        """
        config = self.interface.task.config
        starts = self._draw(arms)
        stays = self._random.random(len(arms)) < np.where(
            self._hold.held[arms], config.stay_after_success, config.stay_after_failure
        )
        goal = self.interface.robot.target
        goals = starts[stays][:, goal]
        starts[stays] = self.state.positions[arms[stays]]
        starts[np.ix_(stays, goal)] = goals
        self.begin(arms, starts)

    def go_on(self, arms: Ints, goals: Floats) -> None:
        """Gives arms (k,) new goals (k, 3) in the middle of their motion, as in deployment.

        Joint positions, velocities, position targets, latency and stacked frames go on.
        """
        self._observe(self.backend.move_goals(arms, goals))
        self.periods[arms] = 0
        self._hold.reset(arms)

    def _draw(self, arms: Ints) -> Floats:
        return np.stack([next(self._starts) for _ in arms])

    def begin(self, arms: Ints, starts: Floats) -> None:
        """Begins new episodes for arms (k,) at start states (k, J); the other arms hold still."""
        state = self.backend.reset(arms, starts)
        # From the state that was really reached: not every backend can place an arm anywhere.
        self._shield.start(arms, state.positions[arms][:, self.interface.robot.arm])
        if self._latency is not None:
            latencies = self._random.uniform(*self._latencies, len(arms))
            self._latency.start(arms, latencies, state.positions, state.velocities)
        if self._stack is not None:
            # One frame for each period acted in, as in deployment: arms that held still get none,
            # and their newest frame shows the pose in which they continue.
            self._stack.start(arms, _images(state))
        self._observe(state)
        self.periods[arms] = 0
        self._hold.reset(arms)

    def step(self, actions: NDArray[np.floating]) -> StepResult:
        """Acts for one control period with actions (N, K) in [-1, 1]."""
        task, robot, observed = self.interface.task, self.interface.robot, self._observed
        steps = self.interface.action.joint_steps(
            actions, observed.positions, observed.joint_targets
        )
        targets = self._shield.next_targets(steps, observed.positions[:, robot.arm])
        gripper = robot.gripper_command(task.gripper_opening(observed))
        state = self.backend.step(np.concatenate([targets, gripper], axis=1))
        if self._latency is not None:
            self._latency.take(state.positions, state.velocities)
        if self._stack is not None:
            self._stack.push(_images(state))
        self._observe(state)
        self.periods += 1
        terminated = self._hold.update(task.achieved(self.state))
        truncated = (self.periods >= task.config.max_periods) & ~terminated
        # The action that is carried out counts, see the shield, not the one that was asked for.
        carried_out = np.where(np.isnan(actions), 0.0, np.clip(actions, -1.0, 1.0))
        terms = task.reward(self.state, carried_out, terminated)
        rewards = weighted_sum(terms, task.config.reward)
        return StepResult(
            self.observations, rewards, terminated, truncated, task.metrics(self.state)
        )

    def _observe(self, state: BatchState) -> None:
        """Takes the backend's newest state, and what of it is observed by now."""
        self.state = self._observed = self._task_state(state.positions, state.velocities)
        if self._latency is not None:
            self._observed = self._task_state(*self._latency.seen())
        self.observations = self.interface.observation(self._observed)

    def _task_state(self, positions: Floats, velocities: Floats) -> TaskState:
        tool = self._kinematics.tool_positions(positions)
        return self.interface.state(positions, velocities, tool, self._shield.targets)


def _images(state: BatchState) -> Frames:
    if state.images is None:
        raise UserError("The backend gives no images: make it with the same views.")
    return state.images
