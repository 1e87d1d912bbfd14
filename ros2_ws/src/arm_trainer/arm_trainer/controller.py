"""Controller: a policy acting on one arm, from joint states to position targets; no ROS.

It does in deployment what `episodes.py` does in training, with the same task and the same shield.
"""

import time

import numpy as np

from arm_sim.robot import Floats, Kinematics, Robot
from arm_trainer.bundle import Policy
from arm_trainer.shield import Shield


class Controller:
    """One arm under a policy.

    Attributes:
        task: The task that the policy was trained on.
        shield: What limits its commands.
        distance: From tool to target at the last command, m.
        inference: Seconds that the last action took.
        late_actions: How many actions took longer than a control period, and were not obeyed.
    """

    def __init__(self, policy: Policy, robot: Robot, speed_scale: float = 1.0) -> None:
        """Checks that the policy fits the robot.

        Args:
            policy: The policy.
            robot: The robot.
            speed_scale: What the velocity limits are multiplied by, at most 1.

        Raises:
            UserError: If the policy does not fit.
        """
        self.task = policy.task_for(robot)
        self.shield = Shield(robot, 1, self.task.control_period, speed_scale)
        self.distance = np.inf
        self.inference = 0.0
        self.late_actions = 0
        self._policy = policy
        self._kinematics = Kinematics(robot, 1)
        self._gripper = robot.home[None, robot.gripper]

    @property
    def resting(self) -> bool:
        """Whether the last command was the one before again."""
        return bool(self.shield.resting[0])

    def start(self, positions: Floats) -> None:
        """Takes over from the arm's present joint positions (J,), so that nothing jumps."""
        robot = self.task.robot
        self.shield.start(np.array([0]), positions[None, robot.arm])
        self._gripper = positions[None, robot.gripper]

    def command(self, positions: Floats, velocities: Floats) -> Floats:
        """Returns (C,) position targets for the next control period.

        Args:
            positions: (J,) joint positions, the target's joints being where the target is.
            velocities: (J,) joint velocities.
        """
        task = self.task
        positions, velocities = positions[None], velocities[None]
        tool = self._kinematics.tool_positions(positions)
        self.distance = float(task.distance(positions, tool)[0])
        began = time.perf_counter()
        observations = task.observe(positions, velocities, tool, self.shield.targets)
        actions = self._policy.act(observations)
        self.inference = time.perf_counter() - began
        if self.inference > task.control_period:
            # It is an answer to what was; as one that is not finite, it makes the shield brake.
            self.late_actions += 1
            actions = np.full_like(actions, np.nan)
        targets = self.shield.next_targets(actions, positions[:, task.robot.arm])
        opening = task.gripper_openings(np.array([self.distance]))
        self._gripper = task.robot.gripper_command(opening)
        return np.concatenate([targets, self._gripper], axis=1)[0]

    def rest(self) -> None:
        """Takes note that the arm was told nothing new for a while: its targets stand still."""
        self.shield.start(np.array([0]), self.shield.targets)

    def brake(self, positions: Floats) -> Floats:
        """Returns (C,) targets for the next control period that bring the arm to rest.

        Args:
            positions: (J,) joint positions as last seen.
        """
        targets = self.shield.brake(positions[None, self.task.robot.arm])
        return np.concatenate([targets, self._gripper], axis=1)[0]
