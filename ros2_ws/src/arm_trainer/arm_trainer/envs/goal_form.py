"""The goal-conditioned form of observations, as Gymnasium-Robotics' GoalEnv has it.

The goals are in metres. Unlike a GoalEnv's, the end of an episode is no function of the goals:
success is to hold the goal for some control periods.
"""

from typing import Any


def split_goals(observations: Any) -> dict[str, Any]:
    """Returns observations whose last terms are `goal_terms` as a dictionary.

    Args:
        observations: (..., O), an array or a tensor.

    Returns:
        "observation" (..., O-6), "achieved_goal" (..., 3) and "desired_goal" (..., 3), as views.
    """
    return {
        "observation": observations[..., :-6],
        "achieved_goal": observations[..., -6:-3],
        "desired_goal": observations[..., -3:],
    }
