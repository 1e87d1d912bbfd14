"""Rules about the reward while the arms move at random."""

import numpy as np

from arm_sim.validation.findings import Findings, error, warning
from arm_trainer.task_checks.motion import ARMS, Motion
from arm_trainer.task_checks.watched_task import WatchedTask

# Discount of the packaged algorithms.
_DISCOUNT = 0.95


def check_reward(motion: Motion) -> Findings:
    """Checks that reward terms are finite and change."""
    unchanged = []
    for name, values in motion.terms.items():
        if not np.isfinite(values).all():
            yield error(f"reward: '{name}' is not finite in random motion.")
        elif np.ptp(values) == 0.0 and not _follows_success(motion, name):
            unchanged.append(name)
    if unchanged:
        yield warning(
            f"Reward terms that never change in random motion: {', '.join(unchanged)}. They "
            "teach nothing before the arm gets that far."
        )


def _follows_success(motion: Motion, name: str) -> bool:
    """Whether a term of the last state differs between success and none."""
    watched, state = WatchedTask(motion.subject.make(), motion.subject.file), motion.states[-1]
    actions = np.zeros((ARMS, len(motion.subject.interface().outputs)))
    terms = [watched.reward(state, actions, np.full(ARMS, success)) for success in (False, True)]
    return bool(np.any(terms[0][name] != terms[1][name]))


def check_waiting(motion: Motion) -> Findings:
    """Checks that it does not pay to stay before the goal instead of finishing."""
    subject = motion.subject
    watched, state = WatchedTask(subject.make(), subject.file), motion.states[-1]
    actions = np.zeros((ARMS, len(subject.interface().outputs)))
    rewards = [
        sum(
            getattr(subject.config.reward, name) * values  # type: ignore[attr-defined]
            for name, values in watched.reward(state, actions, np.full(ARMS, success)).items()
        )
        for success in (False, True)
    ]
    bonus = float(np.median(rewards[1] - rewards[0]))
    waiting = float(np.percentile(motion.rewards, 90)) / (1.0 - _DISCOUNT)
    if waiting > max(bonus, 0.0) + 1e-9:
        yield warning(
            f"Waiting pays more than success: {waiting:.2g} in the long run against {bonus:.2g}. "
            "Let each period cost (terms that are at most 0), or raise the weight of success."
        )


REWARD_RULES = (check_reward, check_waiting)
