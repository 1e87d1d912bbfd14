"""BatchEnv: N arms doing a task over a backend, as plain arrays; every environment wraps this.

One `step` is one control period of every arm. The conventions of Gymnasium and Stable-Baselines3
(spaces, infos, automatic resets) are left to the wrappers.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from arm_sim.common.arrays import Floats, Ints
from arm_sim.common.errors import UserError
from arm_trainer.actions.shield import Shield
from arm_trainer.backends.backend import Backend, BatchState
from arm_trainer.backends.camera_views import Frames, Views
from arm_trainer.envs.frame_stack import FrameStack
from arm_trainer.envs.goal_form import split_goals
from arm_trainer.envs.observation_latency import ObservationLatency
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.envs.start_curriculum import StartCurriculum
from arm_trainer.tasks.hold_counter import HoldCounter
from arm_trainer.tasks.start import Start
from arm_trainer.tasks.task import Bools, TaskState, weighted_sum


@dataclass(frozen=True)
class StepResult:
    """Result of one control period, for N arms.

    Attributes:
        observations: (N, O) observations at the end of the period.
        rewards: (N,) rewards.
        success: (N,) the goal was achieved and held.
        failed: (N,) the task can't be done any more, see `Task.failed`.
        truncated: (N,) the episode's time is up or, goal-conditioned, it has failed; what would
            have followed still counts.
        metrics: The task's figures, (N,) each.
    """

    observations: NDArray[np.float32]
    rewards: Floats
    success: Bools
    failed: Bools
    truncated: Bools
    metrics: dict[str, Floats]

    @property
    def terminated(self) -> Bools:
        """(N,) the episode has ended by itself, and nothing that follows counts."""
        return self.success | (self.failed & ~self.truncated)

    @property
    def done(self) -> Bools:
        """(N,) the episode has ended."""
        return self.terminated | self.truncated


class BatchEnv:
    """N episodes side by side.

    Attributes:
        interface: Task, action and observation.
        backend: The backend that moves the arms.
        views: The cameras whose frames a policy sees, or None.
        observations: (N, O) the newest observations.
        state: The newest state of the arms.
        periods: (N,) control periods since each episode began.
        curriculum: Draws the start states.
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
                latency of the task's settings. Success is judged without latency, and so is the
                reward, unless the observation is goal-conditioned.
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
        self._goals: Floats = np.tile(robot.goal_home, (arms, 1))
        home = BatchState.at_home(robot, arms)
        self.state = self._observed = self._task_state(home)
        self._random = np.random.default_rng()
        self.curriculum = StartCurriculum(task, arms)
        self._latencies: tuple[float, float] = latencies or (0.0, task.config.latency)
        self._latency: ObservationLatency | None = None
        if (longest := self._latencies[1]) > 0.0:
            self._latency = ObservationLatency(home, interface.control_period, longest)
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

    @property
    def observed(self) -> TaskState:
        """The newest state that is observed; late where there is latency."""
        return self._observed

    def seed(self, random: np.random.Generator) -> None:
        """Draws start states, goals and latencies from `random` from now on."""
        self._random = random
        self.curriculum.seed(random)

    def reset(self, arms: Ints) -> None:
        """Begins new episodes for these arms (k,); the other arms hold still."""
        self.begin(arms, self.curriculum.draw(arms))

    def autoreset(self, arms: Ints) -> None:
        """Begins the next episodes of these arms (k,), some of them where the last ones ended.

        A deployed arm is not put back between goals. So that a policy also learns to continue from
        wherever it has moved the arm, some of the arms stay and only get a new goal.
        """
        config = self.interface.task.config
        succeeded = self._hold.held[arms]
        self.curriculum.record(arms, succeeded)
        starts = self.curriculum.draw(arms)
        share = np.where(succeeded, config.stay_after_success, config.stay_after_failure)
        share[self.interface.task.failed(self.state)[arms]] = 0.0
        stays = self._random.random(len(arms)) < share
        staying = arms[stays]
        starts.positions[stays] = self.state.positions[staying]
        if self.interface.task.keeps_objects:
            starts.objects[stays] = self.state.objects[staying]
        self.curriculum.keep(staying)
        self.begin(arms, starts)

    def go_on(self, arms: Ints, starts: Start) -> None:
        """Gives arms (k,) new goals in the middle of their motion, as in deployment.

        Joint positions, velocities, position targets, latency and stacked frames go on. The objects
        stay where they are, unless the task places them anew.

        Args:
            arms: (k,) the arms.
            starts: k start states, of which the goals, and else the objects, are used.
        """
        self._goals = self._goals.copy()
        self._goals[arms] = starts.goal
        objects = None if self.interface.task.keeps_objects else starts.objects
        self._observe(self.backend.move_goals(arms, starts.goal, objects))
        self.periods[arms] = 0
        self._hold.reset(arms)

    def begin(self, arms: Ints, starts: Start) -> None:
        """Begins new episodes for arms (k,) at k start states; the other arms hold still."""
        self._goals = self._goals.copy()
        self._goals[arms] = starts.goal
        state = self.backend.reset(arms, starts)
        # From the state that was really reached: not every backend can place an arm anywhere.
        self._shield.start(arms, state.positions[arms])
        if self._latency is not None:
            latencies = self._random.uniform(*self._latencies, len(arms))
            self._latency.start(arms, latencies, state)
        if self._stack is not None:
            # One frame for each period acted in, as in deployment: arms that held still get none,
            # and their newest frame shows the pose in which they continue.
            self._stack.start(arms, _images(state))
        self._observe(state)
        self.periods[arms] = 0
        self._hold.reset(arms)

    def step(self, actions: NDArray[np.floating]) -> StepResult:
        """Acts for one control period with actions (N, K) in [-1, 1]."""
        task = self.interface.task
        state = self.backend.step(self.interface.command(self._observed, actions, self._shield))
        if self._latency is not None:
            self._latency.take(state)
        if self._stack is not None:
            self._stack.push(_images(state))
        self._observe(state)
        self.periods += 1
        success = self._hold.update(task.achieved(self.state))
        failed = task.failed(self.state) & ~success
        truncated = (self.periods >= task.config.max_periods) & ~success & ~failed
        if self.interface.goal_conditioned:
            # Every period costs, so failure must not be a way out of it.
            truncated |= failed
        rewards, metrics = self._rewards(actions, success), task.metrics(self.state)
        return StepResult(self.observations, rewards, success, failed, truncated, metrics)

    def _rewards(self, actions: NDArray[np.floating], success: Bools) -> Floats:
        """Returns (N,) rewards of the control period that has just ended."""
        task = self.interface.task
        if self.interface.goal_conditioned:
            # By the observed goals, to the bit, as hindsight will judge the same observation.
            seen = split_goals(self.observations)
            return task.goal_reward(seen["achieved_goal"], seen["desired_goal"])
        # The action that is carried out counts, see the shield, not the one that was asked for.
        carried_out = np.where(np.isnan(actions), 0.0, np.clip(actions, -1.0, 1.0))
        terms = task.reward(self.state, carried_out, success)
        return weighted_sum(terms, task.config.reward)

    def _observe(self, state: BatchState) -> None:
        """Takes the backend's newest state, and what of it is observed by now."""
        self.state = self._observed = self._task_state(state)
        if self._latency is not None:
            self._observed = self._task_state(self._latency.seen())
        self.observations = self.interface.observation(self._observed)

    def _task_state(self, state: BatchState) -> TaskState:
        shield = self._shield
        return self.interface.state(state, self._goals, shield.targets, shield.gripper.openings)


def _images(state: BatchState) -> Frames:
    if state.images is None:
        raise UserError("The backend gives no images: make it with the same views.")
    return state.images
