"""Observation terms of the goal-conditioned form: where the thing to move is, and should be.

They are the last six columns of an observation, in metres; `envs/goal_form.py` splits them off.
"""

from arm_trainer.tasks.observation_terms import ObservationTerm, axes
from arm_trainer.tasks.task import Task

ACHIEVED, DESIRED = "achieved_goal", "desired_goal"


def goal_terms(task: Task) -> dict[str, ObservationTerm]:
    """Returns the two terms by name, in order; the task says what the thing is."""
    return {
        ACHIEVED: ObservationTerm(
            axes(ACHIEVED), lambda robot: lambda state: [task.achieved_goal(state)]
        ),
        DESIRED: ObservationTerm(
            axes(DESIRED), lambda robot: lambda state: [state.goal], of_goal=True
        ),
    }
