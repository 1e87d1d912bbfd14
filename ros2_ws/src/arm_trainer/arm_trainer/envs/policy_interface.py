"""PolicyInterface: what a policy observes and what its outputs do, for one task on one robot.

Training, export and deployment all build on this object, so that they agree by construction.
"""

import numpy as np
from numpy.typing import NDArray

from arm_sim.common.arrays import Floats
from arm_sim.common.errors import UserError
from arm_sim.robot.kinematics import KinematicsOfAnyCount
from arm_sim.robot.robot import Robot
from arm_trainer.actions.action import Action
from arm_trainer.actions.shield import Shield
from arm_trainer.actions.tool_increments import TOOL_OUTPUTS, ToolIncrements
from arm_trainer.backends.backend import BatchState
from arm_trainer.tasks.goal_terms import goal_terms
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
        goal_conditioned: Whether the observation tells it only by its last columns, which
            `goal_form.split_goals` splits off, and the reward is `Task.goal_reward`.
    """

    def __init__(
        self,
        task: Task,
        action: type[Action] = ToolIncrements,
        target_in_observation: bool = True,
        goal_conditioned: bool = False,
    ) -> None:
        """Joins them; the observation has the terms that action and task name.

        Raises:
            UserError: If one of them names an unknown term, or a goal-conditioned policy is not to
                observe the goal.
        """
        if goal_conditioned and not target_in_observation:
            raise UserError("A goal-conditioned policy observes the goal, so it has no cameras.")
        self.task = task
        self.robot: Robot = task.robot
        self.control_period = 1.0 / task.config.control_rate
        self.action = action(task.robot, self.control_period)
        self.target_in_observation = target_in_observation
        self.terms = tuple(dict.fromkeys((*self.action.observation, *task.observation)))
        self.goal_conditioned = goal_conditioned
        own = goal_terms(task) if goal_conditioned else {}
        whole = target_in_observation and not goal_conditioned
        observed = [name for name in self.terms if whole or not find_term(name).of_goal]
        self.observation = Observation(task.robot, [*observed, *own], own)
        self._kinematics = KinematicsOfAnyCount(task.robot)

    @property
    def outputs(self) -> tuple[str, ...]:
        """What each of the K outputs of a policy is: those of the action, then the gripper's."""
        return (*self.action.outputs, *(("gripper",) if self.task.moves_gripper else ()))

    @property
    def output_scale(self) -> Floats:
        """(K,) what an output of 1 means, in SI units; for the gripper the half of its opening."""
        return np.append(self.action.scale, [0.5] if self.task.moves_gripper else [])

    @property
    def observation_names(self) -> tuple[str, ...]:
        """Names of the O columns of an observation."""
        return self.observation.names

    def state(
        self,
        measured: BatchState,
        goals: Floats,
        joint_targets: Floats,
        gripper_targets: Floats,
    ) -> TaskState:
        """Returns the state of N arms as the task sees it; see `TaskState`.

        Args:
            measured: Joints and objects.
            goals: (N, 3) positions of the goals, m.
            joint_targets: (N, A) present position targets of the arm joints.
            gripper_targets: (N,) openings that the grippers are commanded to.
        """
        kinematics = self._kinematics(len(goals))
        tool = kinematics.tool_positions(measured.positions)
        return TaskState(
            positions=measured.positions,
            velocities=measured.velocities,
            tool=tool,
            tool_rotation=kinematics.tool_rotations(),
            goal=self.task.present_goals(goals, measured.objects),
            joint_targets=joint_targets,
            gripper_target=gripper_targets,
            objects=measured.objects,
            object_velocities=measured.object_velocities,
        )

    def demonstration(self, state: TaskState) -> Floats:
        """Returns (N, K) outputs that do what the task demonstrates, in [-1, 1].

        Raises:
            UserError: If the task demonstrates nothing, or the action does not displace the tool.
        """
        shown = self.task.demonstrate(state)
        if shown is None or self.outputs[:3] != TOOL_OUTPUTS:
            raise UserError(
                f"The task '{self.task.name}' has no demonstrations for the action "
                f"'{self.action.name}': set demonstrations to 0."
            )
        displacements, openings = shown
        outputs = np.zeros((len(displacements), len(self.outputs)))
        outputs[:, :3] = displacements / self.action.scale[:3]
        if self.task.moves_gripper:
            outputs[:, -1] = 2.0 * openings - 1.0
        # All of a displacement that is too large is shortened, so that it keeps its direction.
        outputs[:, :3] /= np.maximum(np.abs(outputs[:, :3]).max(axis=1, keepdims=True), 1.0)
        return np.clip(outputs, -1.0, 1.0)

    def command(self, state: TaskState, actions: NDArray[np.floating], shield: Shield) -> Floats:
        """Returns (N, C) position targets for the next control period, within the shield's limits.

        Args:
            state: The newest state that is observed.
            actions: (N, K) outputs of the policy.
            shield: The shield, which keeps the present targets.
        """
        count = len(self.action.outputs)
        steps = self.action.joint_steps(actions[:, :count], state.positions, state.joint_targets)
        targets = shield.next_targets(steps, state.positions[:, self.robot.arm])
        if self.task.moves_gripper:
            opening = (actions[:, count] + 1.0) / 2.0
        else:
            opening = self.task.gripper_opening(state)
        return np.concatenate([targets, shield.gripper.next_command(opening)], axis=1)
