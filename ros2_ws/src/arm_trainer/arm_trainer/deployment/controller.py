"""Controller: a policy acting on one arm, from joint states and images to targets; no ROS.

It does in deployment what `batch_env.py` does in training, with the same task and the same shield.
"""

import time

import numpy as np

from arm_sim.common.arrays import Floats
from arm_sim.robot.kinematics import Kinematics
from arm_sim.robot.robot import Robot
from arm_trainer.actions.shield import Shield
from arm_trainer.backends.camera_views import Frames
from arm_trainer.envs.frame_stack import FrameStack
from arm_trainer.policies.bundle import Policy


class Controller:
    """One arm under a policy.

    Attributes:
        task: The task that the policy was trained on.
        views: What the policy sees through; None for one that is told where the target is.
        shield: What limits its commands.
        distance: From tool to target at the last command, m.
        target_estimate: (3,) where the policy took the target to be at the last command, m; None
            unless it sees and says so.
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
        self.task = policy.interface_for(robot)
        self.shield = Shield(robot, 1, self.task.control_period, speed_scale)
        self.views = policy.views
        self.distance = np.inf
        self.target_estimate: Floats | None = None
        self.inference = 0.0
        self.late_actions = 0
        self._policy = policy
        self._stack = None if policy.views is None else FrameStack(1, policy.views)
        self._has_past = False
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
        self._has_past = False

    def command(
        self, positions: Floats, velocities: Floats, images: Frames | None = None
    ) -> Floats:
        """Returns (C,) position targets for the next control period.

        Args:
            positions: (J,) joint positions, the target's joints being where the target is. A policy
                that sees does not learn of these; they are only for `distance`.
            velocities: (J,) joint velocities.
            images: (K, H, W, 3) what its cameras see, for a policy that sees.
        """
        task = self.task
        positions, velocities = positions[None], velocities[None]
        tool = self._kinematics.tool_positions(positions)
        state = task.state(positions, velocities, tool, self.shield.targets)
        self.distance = float(state.goal_distance[0])
        began = time.perf_counter()
        observations = task.observation(state)
        actions, located = self._policy.act_and_locate(observations, self._frames(images))
        self.target_estimate = None if located is None else located[0].astype(np.float64)
        self.inference = time.perf_counter() - began
        if self.inference > task.control_period:
            # It is an answer to what was; as one that is not finite, it makes the shield brake.
            self.late_actions += 1
            actions = np.full_like(actions, np.nan)
        steps = task.action.joint_steps(actions, positions)
        targets = self.shield.next_targets(steps, positions[:, task.robot.arm])
        opening = task.task.gripper_opening(state)
        self._gripper = task.robot.gripper_command(opening)
        return np.concatenate([targets, self._gripper], axis=1)[0]

    def rest(self) -> None:
        """Takes note that the arm was told nothing new for a while: its targets stand still."""
        self.shield.start(np.array([0]), self.shield.targets)
        self._has_past = False

    def brake(self, positions: Floats) -> Floats:
        """Returns (C,) targets for the next control period that bring the arm to rest.

        Args:
            positions: (J,) joint positions as last seen.
        """
        self._has_past = False
        targets = self.shield.brake(positions[None, self.task.robot.arm])
        return np.concatenate([targets, self._gripper], axis=1)[0]

    def _frames(self, images: Frames | None) -> Frames | None:
        """Returns the last frames, (1, S·K·3, H, W), the newest being those of now."""
        if self._stack is None:
            return None
        assert images is not None
        if self._has_past:
            self._stack.push(images[None])
        else:
            # As after a reset: frames of before a hold are not those of the last few periods.
            self._stack.start(np.array([0]), images[None])
        self._has_past = True
        return self._stack.frames
