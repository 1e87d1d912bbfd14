"""Success in a row: the one figure by which policies are judged, in every command and file.

It is the share of targets that are reached and held by arms that go from target to target and are
never reset: a missed target is followed by the next one, wherever the arm is. A deployed arm works
like this. Success from fresh starts, where the arm is reset before each target, can be much higher,
because a policy may fail in states in which it has never been trained.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.evaluation.outcomes import Outcomes
from arm_trainer.evaluation.rollout import PolicyFunction, run_episodes
from arm_trainer.evaluation.statistics import (
    Interval,
    independent_trials,
    is_lower,
    row_interval,
)
from arm_trainer.tasks.seeding import evaluation_generator
from arm_trainer.tasks.task import Bools

# The figures' names in tables, JSON files and TensorBoard.
IN_A_ROW = "success_in_a_row"
FROM_FRESH_STARTS = "success_from_fresh_starts"
# Targets to which each arm goes, one after the other. A policy that gets lost now and then does so
# sooner or later: among few targets, this is rarely seen.
TARGETS_IN_A_ROW = 100
# Targets in all: in lockstep, and deployed, where they take real time.
LOCKSTEP_TARGETS, DEPLOYED_TARGETS = 200, 100
# A policy whose success in a row is lower than from fresh starts by more than this gets lost.
_WELL_BELOW = 0.05

_LOST = (
    "This policy gets lost: going from target to target, it misses many more targets than from "
    "fresh starts. Train longer (--steps) or with tool increments (--action tool_increments), or "
    "choose a smaller workspace (reach.target_spread)."
)


def arms_for(targets: int) -> int:
    """Returns the number of arms that go to `TARGETS_IN_A_ROW` of so many targets each."""
    return math.ceil(targets / TARGETS_IN_A_ROW)


def named(name: str, interval: Interval) -> dict[str, float]:
    """Returns a success rate and the ends of its interval under the names of files."""
    return {name: interval.rate, f"{name}_lower": interval.lower, f"{name}_upper": interval.upper}


@dataclass(frozen=True)
class Judgement:
    """How well a policy does in a row, compared with fresh starts.

    Attributes:
        rows: (M,) for each arm whether it reached each of its targets, in their order.
        fresh: Success from fresh starts; None if it is not known.
        fresh_targets: Number of targets of `fresh`.
    """

    rows: list[Bools]
    fresh: Interval | None = None
    fresh_targets: int = 0

    @property
    def in_a_row(self) -> Interval:
        """Success in a row, with its interval; see `row_interval`."""
        return row_interval(self.rows)

    @property
    def targets(self) -> int:
        """Number of targets, over all arms."""
        return sum(map(len, self.rows))

    @property
    def gets_lost(self) -> bool:
        """Whether success in a row is well below that from fresh starts, by more than chance."""
        if self.fresh is None:
            return False
        rate, fresh = self.in_a_row.rate, self.fresh.rate
        lower = is_lower(rate, self.targets, fresh, self.fresh_targets)
        return lower and fresh - rate > _WELL_BELOW

    def headline(self) -> str:
        """Returns success in a row as a line."""
        arms, each = len(self.rows), len(self.rows[0])
        by = f": {arms} arms, {each} targets each" if arms > 1 else ""
        return f"Success in a row    {self.in_a_row} of {self.targets} targets{by}, without a reset"

    def lines(self) -> list[str]:
        """Returns the headline, and at most two lines that compare it with fresh starts."""
        lines = [self.headline()]
        if self.fresh is not None:
            lines.append(f"From fresh starts   {self.fresh} of {self.fresh_targets} targets")
        return lines + ([_LOST] if self.gets_lost else [])

    def figures(self) -> dict[str, float | int | bool]:
        """Returns the figures by their names in JSON files, without those that are not known."""
        fresh = {} if self.fresh is None else named(FROM_FRESH_STARTS, self.fresh)
        return {
            **named(IN_A_ROW, self.in_a_row),
            "targets": self.targets,
            "arms": len(self.rows),
            "independent_targets": independent_trials(self.rows),
            **fresh,
            "targets_from_fresh_starts": self.fresh_targets,
            "gets_lost": self.gets_lost,
        }


def of_outcomes(outcomes: Outcomes, fresh: Outcomes | None = None) -> Judgement:
    """Returns the judgement of episodes in a row, and of others from fresh starts if given."""
    if fresh is None:
        return Judgement(outcomes.rows)
    return Judgement(outcomes.rows, fresh.interval, len(fresh.success))


def judge(
    env: BatchEnv,
    policy: PolicyFunction,
    targets: int,
    seed: int = 0,
    on_progress: Callable[[int, int], None] = lambda done, reached: None,
) -> tuple[Judgement, Outcomes]:
    """Judges a policy in a row and from fresh starts, on the same unseen targets.

    Args:
        env: The arms; `arms_for(targets)` of them give comparable figures.
        policy: As in `run_episodes`.
        targets: Number of targets, once in a row and once from fresh starts.
        seed: Seed of the targets.
        on_progress: Called with the number of episodes done, of `2 * targets`, and with how many of
            those in a row have succeeded.

    Returns:
        The judgement, and the outcomes of the episodes in a row.
    """
    outcomes = run_episodes(
        env, policy, targets, evaluation_generator(seed), on_progress, in_a_row=True
    )
    reached = int(outcomes.success.sum())
    fresh = run_episodes(
        env,
        policy,
        targets,
        evaluation_generator(seed),
        lambda done, _: on_progress(targets + done, reached),
    )
    return of_outcomes(outcomes, fresh), outcomes
