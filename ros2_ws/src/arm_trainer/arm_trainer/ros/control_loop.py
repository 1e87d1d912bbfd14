"""The control loop of a deployed policy: hears the robot, the target and the emergency stop.

What it does with them while the controller is active is in `active_controller.py`; the lifecycle
around it is in `controller_node.py`.
"""

import threading
import time
from collections import deque

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from geometry_msgs.msg import PointStamped, PoseStamped
from rclpy.node import Node
from rclpy.qos import HistoryPolicy, QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import JointState
from std_msgs.msg import Bool, String

from arm_sim.ros.joint_messages import RejectedMessage, set_stamp, stamp_ns
from arm_sim.ros.subscriptions import (
    LATCHED,
    NEWEST,
    RELIABLE,
    TopicReader,
    TopicWaiter,
    target_readers,
)
from arm_trainer.policies.robot_checks import limit_misfits, rate_misfit
from arm_trainer.ros.active_controller import Deployment, Session
from arm_trainer.ros.joint_state_reader import JointStateReader

# rclpy throttles each place of a warning on its own, so every place calls the logger itself.
_THROTTLE = 1.0
_DIAGNOSTICS_PERIOD = 1.0
# Longest sleep of the loop: how late a service's wish, or silence, may be noticed, s.
_NAP = 0.01
# A robot that has been silent for longer is not there, s.
_LARGEST_SILENCE = 1.0
# States whose stamps tell a driver's rate.
_RATE_STATES = 6
# Of emergency stops not only the newest counts: a False must not push a True out of the queue.
_EVERY = QoSProfile(
    reliability=ReliabilityPolicy.RELIABLE, history=HistoryPolicy.KEEP_LAST, depth=100
)


class ControlLoop:
    """Runs a deployment whenever it is enabled; `turn` is the loop's body.

    Attributes:
        emergency_stop: Set while the emergency stop is latched.
    """

    def __init__(self, node: Node) -> None:
        """Subscribes to what is heard in every state of the lifecycle."""
        self._node = node
        self._logger = node.get_logger()
        self._lock = threading.RLock()
        self._states = TopicReader(node, JointState, "joint_states", NEWEST)
        self._targets = target_readers(node)
        self._stops = TopicReader(node, Bool, "emergency_stop", _EVERY)
        self._descriptions = TopicReader(node, String, "robot_description", LATCHED)
        readers = [self._states, *self._targets, self._stops, self._descriptions]
        self._waiter = TopicWaiter(node.context, readers)
        self._diagnostics = node.create_publisher(DiagnosticArray, "diagnostics", RELIABLE)
        self._next_diagnostics = time.monotonic() + _DIAGNOSTICS_PERIOD
        self.emergency_stop = threading.Event()
        self._last_state: JointState | None = None
        self._stamps: deque[int] = deque(maxlen=_RATE_STATES)
        self._heard_at = -float("inf")
        self._urdf: str | None = None
        self._target_message: PoseStamped | PointStamped | None = None
        self._session: Session | None = None
        self._deployment: Deployment | None = None
        self._refused = 0

    # For the lifecycle; called from any thread.

    @property
    def hears_the_robot(self) -> bool:
        """Whether joint states come, and enough have come to know their rate."""
        fresh = time.monotonic() - self._heard_at < _LARGEST_SILENCE
        return fresh and len(self._stamps) == _RATE_STATES

    @property
    def stopped_by_emergency(self) -> bool:
        """Whether an emergency stop has brought a deployment to rest that is still enabled."""
        session = self._session
        return session is not None and session.stopped and session.at_rest.is_set()

    def stop(self) -> None:
        """Latches the emergency stop; a deployment that is enabled comes to rest for good."""
        self.emergency_stop.set()
        if (session := self._session) is not None:
            session.stopped = True

    def misfits(self, deployment: Deployment) -> list[str]:
        """Returns what speaks against deploying on the robot that is heard; nothing is changed."""
        controller = deployment.controller
        robot = controller.task.robot
        with self._lock:
            assert self._last_state is not None
            misfits = [] if self._urdf is None else limit_misfits(self._urdf, robot)
            if rate := rate_misfit(self._stamps, controller.task.control_period):
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

    def load(self, deployment: Deployment | None) -> None:
        """Takes a deployment, or forgets the one it has."""
        with self._lock:
            self._deployment = deployment

    def enable(self) -> None:
        """Begins to command, once there is a fresh state and a target."""
        with self._lock:
            assert self._deployment is not None
            session = Session(self._node, self._deployment)
            if self._target_message is not None:
                self._hear_target(session, self._target_message)
            self._session = session
            if self.emergency_stop.is_set():  # Set while the session was made.
                session.stopped = True

    def disable(self) -> None:
        """Brakes, waits until the arm is at rest, and commands no more."""
        session = self._session
        if session is None:
            return
        session.ending = True
        if not session.at_rest.wait(session.braking_time):
            self._logger.error("The arm did not come to rest in the time that braking takes.")
        with self._lock:
            self._session = None
            session.close()

    # The loop's own thread.

    def turn(self) -> None:
        """Waits a little, then does whatever is due."""
        heard = self._waiter.wait(_NAP)
        with self._lock:
            if heard:
                self._take()
            if self._session is not None:
                self._session.keep_up()
            if time.monotonic() >= self._next_diagnostics:
                self._next_diagnostics = time.monotonic() + _DIAGNOSTICS_PERIOD
                self._diagnose()

    def finish(self) -> None:
        """Brakes before the process ends."""
        session = self._session  # A service may deactivate it meanwhile.
        if session is None:
            return
        session.ending = True
        deadline = time.monotonic() + session.braking_time
        while not session.at_rest.is_set() and time.monotonic() < deadline:
            self.turn()
        session.at_rest.set()  # Or else nothing more can be done.
        self.disable()

    def _take(self) -> None:
        while (stop := self._stops.take()) is not None:
            if stop.data:
                self.stop()
        if (description := self._descriptions.take()) is not None:
            self._urdf = description.data
        for reader in self._targets:
            target = reader.take()
            if target is None:
                continue
            # A refused one leaves the last good one in force.
            if self._session is None or self._hear_target(self._session, target):
                self._target_message = target
        if (state := self._states.take()) is not None:
            self._last_state, self._heard_at = state, time.monotonic()
            self._stamps.append(stamp_ns(state))
            if self._session is not None:
                try:
                    self._session.hear_state(state)
                except RejectedMessage as error:
                    self._refused += 1
                    self._logger.warning(str(error), throttle_duration_sec=_THROTTLE)

    def _hear_target(self, session: Session, message: PoseStamped | PointStamped) -> bool:
        """Returns whether the target was acceptable."""
        try:
            session.hear_target(message)
        except RejectedMessage as error:
            self._refused += 1
            self._logger.warning(str(error), throttle_duration_sec=_THROTTLE)
            return False
        return True

    def _diagnose(self) -> None:
        session = self._session
        values: dict[str, object] = {"refused messages": self._refused}
        level, message = DiagnosticStatus.OK, "not active"
        if session is not None:
            values |= session.report()
            message = session.hold_reason or "commanding"
            level = DiagnosticStatus.WARN if session.hold_reason else DiagnosticStatus.OK
        if self.emergency_stop.is_set():
            level, message = DiagnosticStatus.ERROR, "emergency stop"
        robot = self._deployment.controller.task.robot.name if self._deployment else ""
        status = DiagnosticStatus(
            level=level,
            name=f"{self._node.get_name()}: controller",
            message=message,
            hardware_id=robot,
            values=[KeyValue(key=key, value=str(value)) for key, value in values.items()],
        )
        array = DiagnosticArray(status=[status])
        set_stamp(array.header.stamp, max(0, self._stamps[-1]) if self._stamps else 0)
        self._diagnostics.publish(array)
