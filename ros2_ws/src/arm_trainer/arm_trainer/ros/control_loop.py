"""ControlLoop: receives robot, target and emergency stop, and runs the controller while active.

At an emergency stop, `ControlLoop.stop` closes the gate of the `ActiveController`, which brakes.
Once the arm is at rest, `controller_node.py` deactivates the controller.
"""

import threading
import time

from geometry_msgs.msg import PointStamped, PoseStamped
from rclpy.node import Node
from rclpy.qos import HistoryPolicy, QoSProfile, ReliabilityPolicy
from std_msgs.msg import Bool

from arm_sim.ros.joint_messages import RejectedMessage
from arm_sim.ros.subscriptions import TopicReader, TopicWaiter, target_readers
from arm_trainer.deployment.deployment import Deployment
from arm_trainer.ros.active_controller import ActiveController
from arm_trainer.ros.controller_diagnostics import ControllerDiagnostics
from arm_trainer.ros.robot_listener import RobotListener

# rclpy throttles every calling line on its own, so states and targets have a line each.
_WARNING_PERIOD = 1.0
# Longest time that the loop waits for a message, s; a service's request is noticed after it.
_LONGEST_WAIT = 0.01
# Every emergency stop counts, not only the newest: a False must not replace a True in the queue.
_KEEP_ALL = QoSProfile(
    reliability=ReliabilityPolicy.RELIABLE, history=HistoryPolicy.KEEP_LAST, depth=100
)


class ControlLoop:
    """Runs a deployment while it is active; one thread calls `run_once` again and again.

    Attributes:
        robot: What the robot publishes.
        emergency_stop: Set while the emergency stop is latched.
    """

    def __init__(self, node: Node) -> None:
        """Subscribes to what is received in every state of the lifecycle."""
        self._node = node
        self._logger = node.get_logger()
        self._lock = threading.RLock()
        self.robot = RobotListener(node)
        self.emergency_stop = threading.Event()
        self._targets = target_readers(node)
        self._stops = TopicReader(node, Bool, "emergency_stop", _KEEP_ALL)
        self._waiter = TopicWaiter(node.context, [*self.robot.readers, *self._targets, self._stops])
        self._diagnostics = ControllerDiagnostics(node)
        self._last_target: PoseStamped | PointStamped | None = None
        self._deployment: Deployment | None = None
        self._active: ActiveController | None = None
        self._refused = 0

    # For the lifecycle and services; these may be called from any thread.

    @property
    def stopped_by_emergency(self) -> bool:
        """Whether an emergency stop has brought the arm to rest, and the controller is active."""
        active = self._active
        return active is not None and active.gate.emergency_stopped and active.at_rest.is_set()

    def stop(self) -> None:
        """Latches the emergency stop; an active controller brings the arm to rest for good."""
        self.emergency_stop.set()
        if (active := self._active) is not None:
            active.gate.emergency_stop()

    def misfits(self, deployment: Deployment) -> list[str]:
        """Returns every reason why a deployment does not fit the robot on the graph."""
        with self._lock:
            return self.robot.misfits(deployment)

    def load(self, deployment: Deployment | None) -> None:
        """Sets the deployment that `activate` runs; None for none."""
        with self._lock:
            self._deployment = deployment

    def activate(self) -> None:
        """Starts to command, as soon as there is a fresh joint state and a target."""
        with self._lock:
            assert self._deployment is not None
            active = ActiveController(self._node, self._deployment)
            if self._last_target is not None:
                self._accepts_target(active, self._last_target)
            self._active = active
            if self.emergency_stop.is_set():  # It may have been set meanwhile.
                active.gate.emergency_stop()

    def deactivate(self) -> None:
        """Brakes, waits until the arm is at rest, and stops commanding."""
        active = self._active
        if active is None:
            return
        active.gate.deactivate()
        if not active.at_rest.wait(active.braking_time):
            self._logger.error("The arm did not come to rest within the time that braking takes.")
        with self._lock:
            self._active = None
            active.close()

    # For the loop's own thread.

    def run_once(self) -> None:
        """Waits for a message, not longer than `_LONGEST_WAIT`, and does everything that is due."""
        received = self._waiter.wait(_LONGEST_WAIT)
        with self._lock:
            if received:
                self._take_messages()
            if self._active is not None:
                self._active.update()
            if self._diagnostics.is_due():
                self._diagnostics.publish(
                    self._deployment,
                    self._active,
                    self.emergency_stop.is_set(),
                    self._refused,
                    self.robot.stamp_ns,
                )

    def shut_down(self) -> None:
        """Brings the arm to rest before the process ends."""
        active = self._active  # A service may deactivate it meanwhile.
        if active is None:
            return
        active.gate.deactivate()
        deadline = time.monotonic() + active.braking_time
        while not active.at_rest.is_set() and time.monotonic() < deadline:
            self.run_once()
        active.at_rest.set()  # No more can be done; `deactivate` need not wait again.
        self.deactivate()

    def _take_messages(self) -> None:
        while (stop := self._stops.take()) is not None:
            if stop.data:
                self.stop()
        for reader in self._targets:
            if (target := reader.take()) is None:
                continue
            # An invalid target does not replace the last valid one.
            if self._active is None or self._accepts_target(self._active, target):
                self._last_target = target
        if (state := self.robot.take()) is not None and self._active is not None:
            try:
                self._active.on_state(state)
            except RejectedMessage as error:
                self._refused += 1
                self._logger.warning(str(error), throttle_duration_sec=_WARNING_PERIOD)

    def _accepts_target(
        self, active: ActiveController, message: PoseStamped | PointStamped
    ) -> bool:
        """Passes a target to the active controller; returns whether the message was valid."""
        try:
            active.on_target(message)
        except RejectedMessage as error:
            self._refused += 1
            self._logger.warning(str(error), throttle_duration_sec=_WARNING_PERIOD)
            return False
        return True
