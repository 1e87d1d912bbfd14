"""Rules about what a policy observes while the arms move at random."""

import numpy as np
from numpy.typing import NDArray

from arm_sim.validation.findings import Findings, error, fine, warning
from arm_trainer.task_checks.motion import Motion
from arm_trainer.tasks.observation_terms import OBJECT_TERMS, find_term

# Sizes of a column that a network learns from.
_LARGEST, _SMALLEST = 20.0, 0.02


def check_observation(motion: Motion) -> Findings:
    """Checks that columns are finite, vary, and are about 1 in size."""
    values = motion.observations.reshape(-1, len(motion.columns))
    finite: NDArray[np.bool_] = np.asarray(np.isfinite(values).all(axis=0))
    if not finite.all():
        yield error(f"Observed columns are not finite: {_names(motion, ~finite)}.")
        return
    constant = np.ptp(values, axis=0) < 1e-6
    sizes = np.percentile(np.abs(values), 99, axis=0)
    large, small = sizes > _LARGEST, (sizes < _SMALLEST) & ~constant
    if constant.any():
        yield warning(
            f"Observed columns that never change, so they tell nothing: {_names(motion, constant)}."
        )
    for odd, word in ((large, "larger"), (small, "smaller")):
        if odd.any():
            yield warning(
                f"Observed columns much {word} than 1, from which a network learns slowly: "
                f"{_names(motion, odd)} (about {np.median(sizes[odd]):.2g})."
            )
    if not (constant | large | small).any():
        yield fine(f"{len(motion.columns)} observed columns, all about 1 in size.")


def check_goal_is_observed(motion: Motion) -> Findings:
    """Checks that something tells where the goal is, if it varies."""
    names = motion.subject.interface().terms
    tells = [n for n in names if n.partition("/")[0] in OBJECT_TERMS or find_term(n).of_goal]
    goals = np.concatenate([state.goal for state in motion.states])
    if not tells and np.ptp(goals, axis=0).max() > 1e-9:
        yield warning(
            "Goals vary, but no observation term tells where they are: add target_from_tool."
        )


def _names(motion: Motion, which: NDArray[np.bool_]) -> str:
    return ", ".join(np.array(motion.columns)[which])


OBSERVATION_RULES = (check_observation, check_goal_is_observed)
