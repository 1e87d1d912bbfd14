"""RobotListener: receives what a robot publishes, and checks that a deployment fits the robot."""

import math
import time
from collections import deque

import numpy as np
from rclpy.node import Node
from sensor_msgs.msg import JointState
from std_msgs.msg import String

from arm_sim.ros.joint_messages import RejectedMessage, stamp_ns
from arm_sim.ros.subscriptions import LATCHED, NEWEST, TopicReader
from arm_trainer.deployment.deployment import Deployment
from arm_trainer.policies.robot_checks import limit_misfits, rate_misfit
from arm_trainer.ros.joint_state_reader import JointStateReader

# Longest time without a joint state for a robot that is present, s.
_LARGEST_SILENCE = 1.0
# Number of joint states from whose stamps the rate is calculated.
_RATE_STATES = 6


class RobotListener:
    """Receives joint_states and robot_description, also while no policy is active.

    Attributes:
        readers: The subscriptions.
    """

    def __init__(self, node: Node) -> None:
        """Subscribes."""
        self._states = TopicReader(node, JointState, "joint_states", NEWEST)
        self._descriptions = TopicReader(node, String, "robot_description", LATCHED)
        self.readers = [self._states, self._descriptions]
        self._last_state: JointState | None = None
        self._received_at = -math.inf
        self._stamps: deque[int] = deque(maxlen=_RATE_STATES)
        self._urdf: str | None = None

    @property
    def is_present(self) -> bool:
        """Whether joint states arrive, and enough have arrived to know their rate."""
        fresh = time.monotonic() - self._received_at < _LARGEST_SILENCE
        return fresh and len(self._stamps) == _RATE_STATES

    @property
    def stamp_ns(self) -> int:
        """Stamp of the newest joint state, ns; 0 before the first."""
        return self._stamps[-1] if self._stamps else 0

    def take(self) -> JointState | None:
        """Returns the joint state that has arrived since the last call, None if there is none."""
        if (description := self._descriptions.take()) is not None:
            self._urdf = description.data
        if (state := self._states.take()) is not None:
            self._last_state, self._received_at = state, time.monotonic()
            self._stamps.append(stamp_ns(state))
        return state

    def misfits(self, deployment: Deployment) -> list[str]:
        """Returns every reason why the robot can't be controlled by a deployment.

        At least one joint state must have arrived.
        """
        assert self._last_state is not None
        interface = deployment.controller.interface
        robot = interface.robot
        misfits = [] if self._urdf is None else limit_misfits(self._urdf, robot)
        if rate := rate_misfit(self._stamps, interface.control_period):
            misfits.append(rate)
        elif np.median(np.diff(self._stamps)) > deployment.max_age * 1e9:
            misfits.append(
                f"its joint_states come less often than every {deployment.max_age} s, "
                "the max_observation_age"
            )
        try:
            JointStateReader(robot).read(self._last_state)
        except RejectedMessage as error:
            misfits.append(str(error).removesuffix("."))
        return misfits
