"""A mock of a robot's driver: follows joint commands and publishes joint states."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from sensor_msgs.msg import JointState, MultiDOFJointState

from arm_sim.ros.joint_messages import JointWriter
from arm_sim.ros.subscriptions import RELIABLE, TopicReader
from support.built_in_arm import LEFT, ROBOT
from support.graph import Graph
from support.messages import placed

# Changes a message before it is published, or returns None to drop it.
Distort = Callable[[Any], Any | None]
_SERVO_TIME_CONSTANT = 0.1  # s


def unspoilt(state: Any) -> Any:
    """Leaves a message as it is."""
    return state


class MockArm:
    """Follows commands with a servo's lag and publishes states at 100 Hz; see `running`.

    Attributes:
        positions: (J,) joint positions.
        target: (3,) where `object_states` shows the goal, m; None for a robot that shows none.
        objects: Where it shows objects, m, by name.
        distort: Applied to each state before it is published.
        distort_objects: The same for `object_states`.
        period: Between states, s.
    """

    def __init__(self, graph: Graph) -> None:
        self.positions = ROBOT.home.copy()
        self.target: tuple[float, float, float] | None = LEFT
        self.objects: dict[str, Sequence[float]] = {}
        self.distort: Distort = unspoilt
        self.distort_objects: Distort = unspoilt
        self.period = 0.01
        self._goal = self.positions.copy()
        self._commands = TopicReader(graph.node, JointState, "joint_command")
        self._states = graph.node.create_publisher(JointState, "joint_states", RELIABLE)
        self._objects = graph.node.create_publisher(MultiDOFJointState, "object_states", RELIABLE)
        self._lock = threading.Lock()

    def put(self, joint: int, position: float) -> None:
        """Moves a joint at once, as a person might who moves the arm by hand."""
        with self._lock:
            self.positions[joint] = self._goal[joint] = position

    def aim(self, target: tuple[float, float, float]) -> None:
        """Moves the target."""
        with self._lock:
            self.target = target

    def step(self) -> None:
        """Takes the newest command, moves, and publishes the state."""
        with self._lock:
            if (command := self._commands.take()) is not None:
                for name, position in zip(command.name, command.position, strict=True):
                    self._goal[ROBOT.joint_names.index(name)] = position
            before = self.positions
            follow = 1 - np.exp(-self.period / _SERVO_TIME_CONSTANT)
            self.positions = before + (self._goal - before) * follow
            velocities = (self.positions - before) / self.period
            now = time.time_ns()
            state = JointWriter(ROBOT.joint_names, 1).write(
                now, self.positions[None], velocities[None]
            )
            distorted = self.distort(state)
            shown = self.objects | ({} if self.target is None else {"target": self.target})
        # Before the joints' state, as the simulator does.
        if shown and (objects := self.distort_objects(placed(shown, now))) is not None:
            self._objects.publish(objects)
        if distorted is not None:
            self._states.publish(distorted)
