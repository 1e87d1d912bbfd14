"""CommandGate: decides whether a controller may send commands now, and why not; no ROS."""

import enum

from arm_trainer.deployment.image_monitor import ImageMonitor
from arm_trainer.deployment.joint_state_monitor import JointStateMonitor
from arm_trainer.deployment.object_monitor import ObjectMonitor

# A reason is logged once it has lasted this long, s, so that a start does not log each step.
_LOG_AFTER = 0.5


class GateEvent(enum.Enum):
    """A change of the gate that the controller reacts to or logs."""

    OPENED = "commands may be sent from now on"
    CLOSED = "commands may no longer be sent"
    STILL_CLOSED = "the gate is closed for a reason that was not logged yet"


class CommandGate:
    """Is open while every condition for commanding is met.

    Attributes:
        emergency_stopped: Set by an emergency stop. It closes the gate for good.
        deactivating: Set by a deactivation. It closes the gate for good.
        sole_publisher: Whether no other node publishes on the command topic.
        has_subscriber: Whether a node subscribes to the command topic.
        hold_reason: Why the gate is closed, None while it is open.
        holds: Number of times that the gate has closed.
    """

    def __init__(
        self,
        states: JointStateMonitor,
        objects: ObjectMonitor | None,
        images: ImageMonitor | None,
        topic: str,
        now: float,
    ) -> None:
        """Starts closed.

        Args:
            states: Monitor of the arm's joint states.
            objects: Monitor of the task's objects; None for a task without objects, and for a
                policy with cameras, which sees them.
            images: Monitor of the policy's cameras; None for a policy without cameras, which needs
                to be given a target instead.
            topic: The command topic, for the reasons.
            now: Time of a monotonic clock, s.
        """
        self.emergency_stopped = self.deactivating = False
        self.sole_publisher = self.has_subscriber = False
        self.hold_reason: str | None = "waiting for joint_states"
        self.holds = 0
        self._states = states
        self._objects = objects
        self._images = images
        self._topic = topic
        self._changed_at = now
        self._logged_reason: str | None = None

    @property
    def closed_for_good(self) -> bool:
        """Whether the arm is to come to rest and stay there."""
        return self.emergency_stopped or self.deactivating

    def update(self, has_target: bool, now: float, clock_ns: int) -> GateEvent | None:
        """Checks the conditions and sets `hold_reason`.

        Args:
            has_target: Whether the target's position is known.
            now: Time of a monotonic clock, s.
            clock_ns: Time of the node's ROS clock, ns.

        Returns:
            What changed, None for nothing. The reason is to be logged at every event but OPENED.
        """
        before, self.hold_reason = self.hold_reason, self._find_reason(has_target, now, clock_ns)
        if self.hold_reason != before:
            self._changed_at = now
        if self.hold_reason is None:
            self._logged_reason = None
            return None if before is None else GateEvent.OPENED
        if before is None:
            self.holds += 1
            self._logged_reason = self.hold_reason
            return GateEvent.CLOSED
        if self.hold_reason != self._logged_reason and now - self._changed_at > _LOG_AFTER:
            self._logged_reason = self.hold_reason
            return GateEvent.STILL_CLOSED
        return None

    def _find_reason(self, has_target: bool, now: float, clock_ns: int) -> str | None:
        if self.emergency_stopped:
            return "emergency stop"
        if self.deactivating:
            return "being deactivated"
        if not self._states.has_state:
            return "waiting for joint_states"
        if self._states.age(now, clock_ns) > self._states.max_age:
            return f"no fresh joint state for {self._states.max_age:g} s"
        if not self.sole_publisher:
            return f"another node publishes on {self._topic} too"
        if not self.has_subscriber:
            return f"nobody listens on {self._topic}"
        if self._objects is not None and (reason := self._objects.hold_reason(now, clock_ns)):
            return reason
        if self._images is not None:
            return self._images.hold_reason(self._states.stamp_ns, now)
        return None if has_target else "no target"
