"""Controller: computes one arm's joint position targets with a policy; no ROS.

It does in deployment what `batch_env.py` does in training, with the same task and the same shield.
`tasks/observation_terms.py` assembles the observation in both.
"""

import time

import numpy as np

from arm_sim.common.arrays import Floats
from arm_sim.robot.robot import Robot
from arm_trainer.actions.shield import Shield
from arm_trainer.backends.backend import BatchState
from arm_trainer.backends.camera_views import Frames
from arm_trainer.envs.frame_stack import FrameStack
from arm_trainer.policies.bundle import Policy


class Controller:
    """A policy with its shield, controlling one arm with J joints, C of them commanded.

    Call `start` once, then `command` or `brake` once per control period.

    Attributes:
        interface: The policy's task, action and observation.
        views: The cameras whose images the policy observes; None for a policy without cameras.
        shield: Limits the position targets.
        distance: The task's distance to the goal at the last command, m.
        achieved: Whether the task's goal was achieved at the last command.
        target_estimate: (3,) the policy's own estimate of the target's position at the last
            command, m; None if the policy gives no estimate.
        inference_time: Duration of the last inference, s.
        late_actions: Number of inferences that took longer than a control period. Their actions
            are discarded, and the arm brakes instead.
    """

    def __init__(self, policy: Policy, robot: Robot, speed_scale: float = 1.0) -> None:
        """Checks that the policy fits the robot.

        Args:
            policy: The policy.
            robot: The robot.
            speed_scale: Factor for the joints' velocity limits, at most 1.

        Raises:
            UserError: If the policy does not fit the robot.
        """
        self.interface = policy.interface_for(robot)
        self.shield = Shield(robot, 1, self.interface.control_period, speed_scale)
        self.views = policy.views
        self.distance = np.inf
        self.achieved = False
        self.target_estimate: Floats | None = None
        self.inference_time = 0.0
        self.late_actions = 0
        self._policy = policy
        self._stack = None if policy.views is None else FrameStack(1, policy.views)
        self._stack_started = False

    @property
    def at_rest(self) -> bool:
        """Whether the arm's position targets did not change in the last control period."""
        return bool(self.shield.resting[0])

    def start(self, positions: Floats) -> None:
        """Starts from the present joint positions (J,), so that the first command is no jump."""
        self.shield.start(np.array([0]), positions[None])
        self._stack_started = False

    def command(self, measured: BatchState, goal: Floats, images: Frames | None = None) -> Floats:
        """Returns (C,) position targets for the next control period.

        Args:
            measured: The newest state of the one arm and its objects.
            goal: (3,) where the goal is, m. A policy with cameras does not observe it; there it
                only gives `distance`.
            images: (K, H, W, 3) the newest image of each camera, for a policy with cameras.
        """
        interface, shield = self.interface, self.shield
        state = interface.state(measured, goal[None], shield.targets, shield.gripper.openings)
        self.distance = float(interface.task.distance(state)[0])
        self.achieved = bool(interface.task.achieved(state)[0])
        began = time.perf_counter()
        observations = interface.observation(state)
        actions, located = self._policy.act_and_locate(observations, self._frames(images))
        self.target_estimate = None if located is None else located[0].astype(np.float64)
        self.inference_time = time.perf_counter() - began
        if self.inference_time > interface.control_period:
            # The action belongs to an outdated state. The shield brakes on actions that are NaN.
            self.late_actions += 1
            actions = np.full_like(actions, np.nan)
        command: Floats = interface.command(state, actions, shield)[0]
        return command

    def brake(self, positions: Floats) -> Floats:
        """Returns (C,) targets for the next control period that bring the arm to rest.

        Args:
            positions: (J,) newest joint positions.
        """
        self._stack_started = False
        targets = self.shield.brake(positions[None, self.interface.robot.arm])
        command: Floats = np.concatenate([targets, self.shield.gripper.command()], axis=1)[0]
        return command

    def assume_at_rest(self) -> None:
        """Sets the targets' velocity to zero, after some time in which no command was sent."""
        self.shield.stand_still()
        self._stack_started = False

    def _frames(self, images: Frames | None) -> Frames | None:
        """Adds the newest images to the stack and returns it, (1, S·K·3, H, W)."""
        if self._stack is None:
            return None
        assert images is not None
        if self._stack_started:
            self._stack.push(images[None])
        else:
            # As after a reset: frames from before a hold are older than the stack's periods.
            self._stack.start(np.array([0]), images[None])
        self._stack_started = True
        return self._stack.frames
