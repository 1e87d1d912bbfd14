"""Records every command on a topic, and checks a record against the arm's limits."""

import time
from typing import Any

import numpy as np
from rclpy.qos import HistoryPolicy, QoSProfile, ReliabilityPolicy

from arm_sim.common.arrays import Floats
from arm_sim.ros.command_messages import COMMAND_INTERFACES
from arm_sim.ros.subscriptions import TopicReader
from support.built_in_arm import ARM, FULL_STEP, LARGEST_CHANGE, PERIOD, ROBOT
from support.graph import Graph, wait_until


class CommandRecord:
    """Every command on a topic, with the time at which it was sent."""

    def __init__(self, graph: Graph, interface: str = "joint_command", topic: str = "") -> None:
        kind, default = COMMAND_INTERFACES[interface]
        everything = QoSProfile(
            reliability=ReliabilityPolicy.RELIABLE, history=HistoryPolicy.KEEP_LAST, depth=10_000
        )
        self._kind = kind
        self._reader = TopicReader(graph.node, kind, topic or default, everything)
        self._sent: list[tuple[float, Any]] = []

    def messages(self) -> list[Any]:
        """All commands since the beginning, or since `forget`."""
        self._take()
        return [message for _, message in self._sent]

    def __len__(self) -> int:
        return len(self.messages())

    def read(self) -> tuple[Floats, Floats]:
        """Times (K,), s of the wall clock, and targets (K, C) of joint commands."""
        self._take()
        times = np.array([at for at, _ in self._sent])
        return times, np.array([message.position for _, message in self._sent])

    def forget(self) -> None:
        """Empties the record."""
        self._take()
        self._sent.clear()

    def waits_for_more(self, count: int = 10, timeout: float = 10.0) -> None:
        """Waits until `count` more commands have arrived; fails the test if they don't."""
        before = len(self)
        wait_until(lambda: len(self) >= before + count, timeout)

    def is_silent(self, seconds: float) -> bool:
        """Waits, and returns whether no command arrived in that time."""
        before = len(self)
        time.sleep(seconds)
        return len(self) == before

    def _take(self) -> None:
        while (taken := self._reader.subscription.take(self._kind, False)) is not None:
            message, info = taken
            self._sent.append((info["source_timestamp"] / 1e9, message))


def assert_within_limits(times: Floats, targets: Floats) -> None:
    """Checks a record: finite, and within limits of position, velocity and acceleration.

    After a hold, during which nothing was sent, the next target may be as far away as the joint can
    have moved in that time.
    """
    assert len(targets) > 1
    assert np.isfinite(targets).all()
    body = ROBOT.command_indices[: targets.shape[1]]
    assert (targets >= ROBOT.lower[body]).all() and (targets <= ROBOT.upper[body]).all()
    targets = targets[:, : len(ARM)]
    steps, gaps = np.diff(targets, axis=0), np.diff(times)
    consecutive = gaps < 1.5 * PERIOD
    tiny = 1e-9
    assert (np.abs(steps[consecutive]) <= FULL_STEP + tiny).all()
    in_a_row = consecutive[1:] & consecutive[:-1]
    changes = np.diff(steps, axis=0)[in_a_row]
    assert (np.abs(changes) <= LARGEST_CHANGE + tiny).all()
    farthest = ROBOT.velocity_limits[ARM] * gaps[~consecutive, None]
    assert (np.abs(steps[~consecutive]) <= farthest).all()


def last_change(times: Floats, targets: Floats) -> float:
    """When the targets changed for the last time, s of the wall clock."""
    changed = (np.diff(targets[:, : len(ARM)], axis=0) != 0.0).any(axis=1)
    return float(times[1:][changed][-1])
