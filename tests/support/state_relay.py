"""A relay between simulator and controller, in which tests change or drop joint states."""

import threading
import time

import numpy as np
from sensor_msgs.msg import JointState

from arm_sim.common.arrays import Floats
from arm_sim.ros.subscriptions import RELIABLE, TopicReader, TopicWaiter
from support.built_in_arm import ARM
from support.graph import Graph
from support.mock_arm import Distort, unspoilt


class StateRelay:
    """Republishes `joint_states` on `relayed_states`, to which the controller is remapped.

    Attributes:
        distort: Applied to each state before it is republished.
        last: The newest state of the simulator itself.
        passed_at: When a state was last republished unchanged, s of the wall clock.
    """

    def __init__(self, graph: Graph) -> None:
        self.distort: Distort = unspoilt
        self.last = JointState()
        self.passed_at = 0.0
        self._stop = threading.Event()
        self._reader = TopicReader(graph.node, JointState, "joint_states")
        self._waiter = TopicWaiter(graph.node.context, [self._reader])
        self._publisher = graph.node.create_publisher(JointState, "relayed_states", RELIABLE)
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "StateRelay":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    @property
    def velocities(self) -> Floats:
        """(A,) the simulated arm's joint velocities."""
        return np.array(self.last.velocity)[ARM]

    def _run(self) -> None:
        while not self._stop.is_set():
            if not self._waiter.wait(0.1) or (state := self._reader.take()) is None:
                continue
            self.last = state
            distort = self.distort
            copy = JointState(name=state.name, position=state.position, velocity=state.velocity)
            copy.header.stamp = state.header.stamp
            if (passed := distort(copy)) is not None:
                self._publisher.publish(passed)
                if distort is unspoilt:
                    self.passed_at = time.time()
