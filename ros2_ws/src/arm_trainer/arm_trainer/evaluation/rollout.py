"""Rollouts: runs a policy in episodes with goals that no training uses, and records success."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from arm_sim.common.arrays import Floats, Ints
from arm_trainer.envs.batch_env import BatchEnv, StepResult
from arm_trainer.evaluation.outcomes import Outcomes
from arm_trainer.tasks.seeding import evaluation_generator
from arm_trainer.tasks.start import take_starts
from arm_trainer.tasks.task import Bools

# Returns actions (N, K) for observations (N, O) and, if the environment has cameras, frames.
PolicyFunction = Callable[..., NDArray[np.float32]]
OnProgress = Callable[[int, int], None]


def run_episodes(
    env: BatchEnv,
    policy: PolicyFunction,
    count: int,
    random: np.random.Generator | None = None,
    on_progress: OnProgress = lambda done, succeeded: None,
    in_a_row: bool = False,
) -> Outcomes:
    """Runs `count` episodes on unseen goals, the same goals whatever the policy does.

    Episode e is the arm e mod N's, and an arm begins its next episode as soon as its last one has
    ended. So each arm has a fixed number of episodes: counting the first `count` to end would
    favour the short ones, which are the successes.

    Args:
        env: The environment, with N arms.
        policy: Actions (N, K) for observations (N, O), and frames if the environment has cameras.
        count: Number of episodes, E.
        random: Generator of starts and goals; None for `evaluation_generator(0)`.
        on_progress: Called with the numbers of finished and of successful episodes.
        in_a_row: Whether an arm goes on to its next goal from wherever it is, as when deployed.
            Otherwise every episode begins at a start state.
    """
    random = evaluation_generator(0) if random is None else random
    env.seed(random)
    drawn = env.interface.task.starts(random)
    starts = take_starts(drawn, count)
    record = _Record(env, starts.goal, in_a_row)
    env.begin(record.running_arms, starts[record.episode[record.running_arms]])
    while len(record.running_arms):
        frames = () if env.frames is None else (env.frames,)
        actions = policy(env.observations, *frames)
        ended = record.add(env, actions, env.step(actions))
        if len(ended):
            on_progress(record.done, int(record.success.sum()))
        if len(following := np.intersect1d(ended, record.running_arms)):
            next_starts = starts[record.episode[following]]
            if in_a_row:
                env.go_on(following, next_starts)
            else:
                env.begin(following, next_starts)
    return record.outcomes()


class _Record:
    """What N arms have done in E episodes so far.

    Attributes:
        episode: (N,) the present episode of each arm; E or more once it has done all of its own.
        success: (E,) whether each episode succeeded.
        done: Number of finished episodes.
    """

    def __init__(self, env: BatchEnv, goals: Floats, in_a_row: bool) -> None:
        arms, count = env.num_arms, len(goals)
        self.episode = np.arange(arms)
        self.success: Bools = np.zeros(count, bool)
        self.done = 0
        self._goals, self._in_a_row, self._period = goals, in_a_row, env.interface.control_period
        self._arm_joints = env.interface.robot.arm
        self._periods: Ints = np.zeros(count, np.int64)
        self._metrics: dict[str, Floats] = {
            name: np.zeros(count) for name in env.interface.task.metrics(env.state)
        }
        # Returns, changes of action and energy, by episode, and of the present ones by arm.
        self._sums, self._present = np.zeros((3, count)), np.zeros((3, arms))
        self._previous: NDArray[np.float32] = np.zeros(
            (arms, len(env.interface.outputs)), np.float32
        )

    @property
    def running_arms(self) -> Ints:
        """Arms that have an episode to finish."""
        return np.flatnonzero(self.episode < len(self.success))

    def add(self, env: BatchEnv, actions: NDArray[np.float32], result: StepResult) -> Ints:
        """Adds a control period, and returns the arms whose episode it ended."""
        speeds = env.state.velocities[:, self._arm_joints]
        self._present += (
            result.rewards,
            np.abs(actions - self._previous).mean(axis=1),
            np.square(speeds).sum(axis=1) * self._period,
        )
        self._previous = actions.copy()
        running = self.episode < len(self.success)
        # A deployed arm has all of the time, also where a training would have given up.
        late = env.periods >= env.interface.task.config.max_periods
        arms = np.flatnonzero(running & (result.success | late))
        if len(arms):
            episodes = self.episode[arms]
            self.success[episodes] = result.success[arms]
            self._periods[episodes] = env.periods[arms]
            for name, values in result.metrics.items():
                self._metrics[name][episodes] = values[arms]
            self._sums[:, episodes] = self._present[:, arms]
            self._present[:, arms], self._previous[arms] = 0.0, 0.0
            self.done += len(arms)
            self.episode[arms] += len(self.episode)
        return arms

    def outcomes(self) -> Outcomes:
        """Returns the outcomes of all episodes."""
        returns, changes, energy = self._sums
        return Outcomes(
            self.success,
            self._periods,
            self._metrics,
            returns,
            changes / self._periods,
            energy,
            self._goals,
            self._period,
            len(self.episode),
            self._in_a_row,
        )
