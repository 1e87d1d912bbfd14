"""Rollouts: runs a policy in episodes with goals that no training uses, and records success."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from arm_sim.common.arrays import Floats, Ints
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.evaluation.outcomes import Outcomes, concatenate
from arm_trainer.tasks.seeding import evaluation_generator

# Returns actions (N, K) for observations (N, O) and, if the environment has cameras, frames.
PolicyFunction = Callable[..., NDArray[np.float32]]


def run_episodes(
    env: BatchEnv,
    policy: PolicyFunction,
    count: int,
    random: np.random.Generator | None = None,
    on_progress: Callable[[int, int], None] = lambda done, succeeded: None,
    in_a_row: int = 1,
) -> Outcomes:
    """Runs `count` episodes on unseen goals.

    Every arm finishes its episode before any arm begins another: counting the first `count`
    episodes to finish would favour the short ones, which are the successes.

    Args:
        env: The environment, with N arms.
        policy: Actions (N, K) for observations (N, O), and frames if the environment has cameras.
        count: Number of episodes, E.
        random: Generator of starts and goals; None for `evaluation_generator(0)`.
        on_progress: Called with the numbers of finished and of successful episodes.
        in_a_row: Number of successive episodes between two resets of an arm. The first begins at a
            start state, each other one where the last one ended.

    Returns:
        The outcomes of exactly `count` episodes.
    """
    arms = np.arange(env.num_arms)
    env.seed(evaluation_generator(0) if random is None else random)
    batches: list[Outcomes] = []
    done = succeeded = 0
    while done < count:
        fresh = done // len(arms) % in_a_row == 0
        (env.reset if fresh else env.reset_goal_only)(arms)
        batches.append(_finish_episodes(env, policy).first(count - done))
        done += len(batches[-1].success)
        succeeded += int(batches[-1].success.sum())
        on_progress(done, succeeded)
    return concatenate(batches)


def _finish_episodes(env: BatchEnv, policy: PolicyFunction) -> Outcomes:
    """Acts until every arm's episode has ended; what an arm does afterwards does not count."""
    arms, period = env.num_arms, env.interface.control_period
    arm_joints = env.interface.robot.arm
    running = np.ones(arms, dtype=bool)
    success = np.zeros(arms, dtype=bool)
    periods: Ints = np.zeros(arms, dtype=np.int64)
    metrics: dict[str, Floats] = {
        name: np.zeros(arms) for name in env.interface.task.metrics(env.state)
    }
    returns, smoothness, energy = np.zeros(arms), np.zeros(arms), np.zeros(arms)
    goals = env.state.goal
    previous: NDArray[np.float32] = np.zeros((arms, len(env.interface.action.outputs)), np.float32)
    while running.any():
        frames = () if env.frames is None else (env.frames,)
        actions = policy(env.observations, *frames)
        result = env.step(actions)
        returns += running * result.rewards
        smoothness += running * np.abs(actions - previous).mean(axis=1)
        speeds = env.state.velocities[:, arm_joints]
        energy += running * np.square(speeds).sum(axis=1) * period
        previous = actions
        ended = running & (result.terminated | result.truncated)
        success |= ended & result.terminated
        periods = np.where(ended, env.periods, periods)
        for name, values in result.metrics.items():
            metrics[name] = np.where(ended, values, metrics[name])
        running &= ~ended
    smoothness /= periods
    return Outcomes(success, periods, metrics, returns, smoothness, energy, goals, period)
