"""PolicyInterface: what a policy observes and what its outputs do, for one task on one robot.

Training, export and deployment all build on this object, so that they agree by construction.
"""

from arm_sim.common.arrays import Floats
from arm_sim.robot.robot import Robot
from arm_trainer.actions.action import Action
from arm_trainer.actions.tool_increments import ToolIncrements
from arm_trainer.tasks.observation_terms import Observation, find_term
from arm_trainer.tasks.task import Task, TaskState


class PolicyInterface:
    """A task, an action and an observation.

    Attributes:
        task: The task.
        robot: The task's robot.
        control_period: Seconds between commands.
        action: What the policy's outputs mean.
        terms: Names of the observation terms of action and task, those of the goal included.
        observation: What the policy observes.
        target_in_observation: Whether the observation tells where the goal is; False for a policy
            that finds it in camera images.
    """

    def __init__(
        self,
        task: Task,
        action: type[Action] = ToolIncrements,
        target_in_observation: bool = True,
    ) -> None:
        """Joins them; the observation has the terms that action and task name.

        Raises:
            UserError: If one of them names an unknown term.
        """
        self.task = task
        self.robot: Robot = task.robot
        self.control_period = 1.0 / task.config.control_rate
        self.action = action(task.robot, self.control_period)
        self.target_in_observation = target_in_observation
        self.terms = tuple(dict.fromkeys((*self.action.observation, *task.observation)))
        observed = [
            name for name in self.terms if target_in_observation or not find_term(name).of_goal
        ]
        self.observation = Observation(task.robot, observed)

    @property
    def observation_names(self) -> tuple[str, ...]:
        """Names of the O columns of an observation."""
        return self.observation.names

    def state(
        self, positions: Floats, velocities: Floats, tool: Floats, joint_targets: Floats
    ) -> TaskState:
        """Returns the state of N arms as the task sees it; see `TaskState`."""
        goal = positions[:, self.robot.target]
        return TaskState(positions, velocities, tool, goal, joint_targets)
