"""Evaluation: a policy on targets that no training sees, with intervals instead of adjectives."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arm_sim.robot.robot import Floats, Ints
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.tasks.reach import evaluation_generator

# Actions (N, A) for observations (N, O) and, where the episodes have frames, for these.
Policy = Callable[..., NDArray[np.float32]]

# The standard normal's quantile for a two-sided 95 % interval.
_Z95 = 1.959964


@dataclass(frozen=True)
class Interval:
    """A success rate and its 95 % interval, each in [0, 1]."""

    rate: float
    lower: float
    upper: float

    def __str__(self) -> str:
        return f"{self.rate:.1%} ({self.lower:.1%} to {self.upper:.1%})"


def wilson_interval(successes: int, trials: int) -> Interval:
    """Returns a proportion with its 95 % Wilson score interval (E. B. Wilson, 1927)."""
    if trials == 0:
        return Interval(0.0, 0.0, 1.0)
    rate = successes / trials
    scale = 1.0 + _Z95**2 / trials
    centre = (rate + _Z95**2 / (2 * trials)) / scale
    half = _Z95 * math.sqrt(rate * (1 - rate) / trials + (_Z95 / (2 * trials)) ** 2) / scale
    return Interval(rate, max(0.0, centre - half), min(1.0, centre + half))


@dataclass(frozen=True)
class Outcomes:
    """E episodes' outcomes.

    Attributes:
        success: (E,) whether the target was reached and held.
        periods: (E,) control periods until success or truncation.
        distance: (E,) last distance from tool to target, m.
        returns: (E,) sums of rewards.
        smoothness: (E,) mean change of the action from one period to the next, of [-1, 1] per
            joint.
        energy: (E,) ∑ squared joint speed × time, rad²/s: what viscous friction would take.
        targets: (E, 3) target positions, m.
        control_period: Seconds of one period.
    """

    success: NDArray[np.bool_]
    periods: Ints
    distance: Floats
    returns: Floats
    smoothness: Floats
    energy: Floats
    targets: Floats
    control_period: float

    @property
    def interval(self) -> Interval:
        """Success rate with its interval."""
        return wilson_interval(int(self.success.sum()), len(self.success))

    @property
    def time_to_reach(self) -> float:
        """Mean seconds to success over the episodes that succeeded; NaN if none did."""
        if not self.success.any():
            return math.nan
        return float(self.periods[self.success].mean()) * self.control_period


def run_episodes(
    episodes: BatchEnv,
    policy: Policy,
    count: int,
    random: np.random.Generator | None = None,
    on_progress: Callable[[int, int], None] = lambda done, succeeded: None,
    in_a_row: int = 1,
) -> Outcomes:
    """Runs `count` episodes on unseen targets, each arm one at a time.

    Every arm finishes its episode before any begins another: counting the first `count` to finish
    would favour the short ones, which are the successes.

    Args:
        episodes: The arms; N at a time.
        policy: Actions (N, A) for observations (N, O), and frames where the episodes have them.
        count: E.
        random: Where the targets are drawn from; None for `evaluation_generator(0)`.
        on_progress: Called with the numbers of finished and of successful episodes.
        in_a_row: How many episodes an arm does before it is put back; it begins the others where
            the last one ended.

    Returns:
        The outcomes of exactly `count` episodes.
    """
    arms = episodes.num_arms
    arm = episodes.task.robot.arm
    speeds = [
        episodes.task.observation_names.index(f"velocity/{episodes.task.robot.joint_names[i]}")
        for i in arm
    ]
    scale = episodes.task.observation_scale[speeds]
    period = episodes.task.control_period
    episodes.seed(evaluation_generator(0) if random is None else random)
    columns: dict[str, list[Any]] = {name: [] for name in ("success", "periods", "distance")}
    columns |= {name: [] for name in ("returns", "smoothness", "energy", "targets")}
    done = succeeded = 0
    while done < count:
        fresh = done // arms % in_a_row == 0
        (episodes.reset if fresh else episodes.reset_goal_only)(np.arange(arms))
        running = np.ones(arms, dtype=bool)
        success = np.zeros(arms, dtype=bool)
        periods: Ints = np.zeros(arms, dtype=np.int64)
        distance: Floats = np.zeros(arms)
        returns, smoothness, energy = np.zeros(arms), np.zeros(arms), np.zeros(arms)
        targets = episodes.targets
        previous: NDArray[np.float32] = np.zeros((arms, len(arm)), np.float32)
        while running.any():
            frames = () if episodes.frames is None else (episodes.frames,)
            actions = policy(episodes.observations, *frames)
            result = episodes.step(actions)
            returns += running * result.rewards
            smoothness += running * np.abs(actions - previous).mean(axis=1)
            rates = result.observations[:, speeds] / scale
            energy += running * np.square(rates).sum(axis=1) * period
            previous = actions
            ended = running & (result.terminated | result.truncated)
            success |= ended & result.terminated
            periods = np.where(ended, episodes.periods, periods)
            distance = np.where(ended, result.distance, distance)
            running &= ~ended
        smoothness /= periods
        for name, column in zip(
            columns, (success, periods, distance, returns, smoothness, energy, targets), strict=True
        ):
            columns[name].append(column[: count - done])
        done = min(count, done + arms)
        succeeded += int(columns["success"][-1].sum())
        on_progress(done, succeeded)
    joined: dict[str, Any] = {name: np.concatenate(parts) for name, parts in columns.items()}
    return Outcomes(**joined, control_period=period)


def seconds_or_dash(mean: float) -> str:
    """Returns a mean time to be shown; a dash for NaN, where nothing succeeded."""
    return "–" if math.isnan(mean) else f"{mean:.2f} s"


def summary(outcomes: Outcomes) -> list[tuple[str, str]]:
    """Returns what a person wants to know of an evaluation, as names and values."""
    distance = outcomes.distance * 1000
    return [
        ("success (95 % interval)", f"{outcomes.interval} of {len(outcomes.success)}"),
        ("time to reach", seconds_or_dash(outcomes.time_to_reach)),
        ("final distance, median", f"{np.median(distance):.1f} mm"),
        ("final distance, p95", f"{np.percentile(distance, 95):.1f} mm"),
        ("change of action", f"{outcomes.smoothness.mean():.3f} per period"),
        ("energy", f"{outcomes.energy.mean():.2f} rad²/s"),
    ]


def episodes_csv(outcomes: Outcomes) -> str:
    """Returns a row for each episode, as CSV."""
    lines = [
        "episode,success,time,final_distance,return,smoothness,energy,target_x,target_y,target_z"
    ]
    seconds = outcomes.periods * outcomes.control_period
    for i, target in enumerate(outcomes.targets):
        values = (
            outcomes.distance[i],
            outcomes.returns[i],
            outcomes.smoothness[i],
            outcomes.energy[i],
            *target,
        )
        numbers = ",".join(f"{value:.6f}" for value in values)
        lines.append(f"{i},{int(outcomes.success[i])},{seconds[i]:.3f},{numbers}")
    return "\n".join(lines) + "\n"
