"""Controller: a policy acting on one arm, from joint states to position targets; no ROS.

It does in deployment what `episodes.py` does in training, with the same task and the same shield.
"""

import numpy as np

from arm_sim.robot import Floats, Kinematics, Robot
from arm_trainer.bundle import Policy
from arm_trainer.shield import Shield


class Controller:
    """One arm under a policy.

    Attributes:
        task: The task that the policy was trained on.
    """

    def __init__(self, policy: Policy, robot: Robot) -> None:
        """Checks that the policy fits the robot.

        Raises:
            UserError: If it does not.
        """
        self.task = policy.task_for(robot)
        self._policy = policy
        self._shield = Shield(robot, self.task.control_period)
        self._kinematics = Kinematics(robot, 1)
        self._commanded: Floats = np.zeros((1, len(robot.arm)))

    def start(self, positions: Floats) -> None:
        """Takes over from the arm's present joint positions (J,), so that nothing jumps."""
        self._commanded = positions[None, self.task.robot.arm]

    def command(self, positions: Floats, velocities: Floats) -> Floats:
        """Returns (C,) position targets for the next control period.

        Args:
            positions: (J,) joint positions, the target's joints being where the target is.
            velocities: (J,) joint velocities.
        """
        task = self.task
        positions, velocities = positions[None], velocities[None]
        tool = self._kinematics.tool_positions(positions)
        actions = self._policy.act(task.observe(positions, velocities, tool))
        self._commanded = self._shield.next_targets(self._commanded, actions)
        openings = task.gripper_openings(task.distance(positions, tool))
        gripper = task.robot.gripper_command(openings)
        return np.concatenate([self._commanded, gripper], axis=1)[0]

    def hold(self, positions: Floats) -> Floats:
        """Returns (C,) targets that keep the arm at positions (J,); it goes on from there."""
        self.start(positions)
        return positions[self.task.robot.command_indices]
