"""What hindsight experience replay goes with."""

from typing import TYPE_CHECKING

from arm_trainer.algorithms.configs import OffPolicySettings
from arm_trainer.algorithms.registry import ALGORITHMS

if TYPE_CHECKING:
    from arm_trainer.training.config import TrainingSettings


def hindsight_conflict(settings: "TrainingSettings") -> str:
    """Returns what in the settings it does not go with, as the end of a sentence; '' if nothing."""
    able = {
        name: algorithm.label
        for name, algorithm in ALGORITHMS.items()
        if issubclass(algorithm.settings_class, OffPolicySettings)
    }
    if settings.algorithm not in able:
        label = ALGORITHMS[settings.algorithm].label
        return f"needs a replay buffer: {label} has none (valid: {', '.join(able.values())})"
    if settings.vision is not None:
        return "needs the goal's position, which is not observed with vision"
    # In half of that, an episode under way and the one it overwrites may leave nothing to sample.
    least = 2 * settings.num_arms * settings.task_config.max_periods
    room = settings.learner.get("buffer_size")
    if isinstance(room, int) and room < least:
        return (
            "samples whole episodes: learner.buffer_size must be at least 2 × num_arms × "
            f"max_periods = {least}"
        )
    return ""
