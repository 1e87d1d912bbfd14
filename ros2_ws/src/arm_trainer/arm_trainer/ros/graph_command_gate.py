"""GraphCommandGate: a `CommandGate` that watches the ROS graph and logs why it is closed."""

import time

from rclpy.node import Node

from arm_trainer.deployment.command_gate import CommandGate, GateEvent
from arm_trainer.deployment.image_monitor import ImageMonitor
from arm_trainer.deployment.joint_state_monitor import JointStateMonitor
from arm_trainer.deployment.object_monitor import ObjectMonitor
from arm_trainer.ros.command_publisher import CommandPublisher


class GraphCommandGate:
    """Decides for one activation of a controller whether it may command now."""

    def __init__(
        self,
        node: Node,
        commands: CommandPublisher,
        states: JointStateMonitor,
        objects: ObjectMonitor | None,
        images: ImageMonitor | None,
    ) -> None:
        """Starts closed.

        Args:
            node: The controller's node, for its clock and logger.
            commands: Publishes the controller's commands.
            states: Monitor of the arm's joint states.
            objects: Monitor of the task's objects, None for a task without objects.
            images: Monitor of the policy's cameras, None for a policy without cameras.
        """
        self._clock = node.get_clock()
        self._logger = node.get_logger()
        self._commands = commands
        self._gate = CommandGate(states, objects, images, commands.topic, time.monotonic())
        # Commands that move nothing need no subscriber, and other publishers do no harm.
        self._gate.sole_publisher = self._gate.has_subscriber = commands.shadow

    @property
    def hold_reason(self) -> str | None:
        """Why the controller may not command, None if it may."""
        return self._gate.hold_reason

    @property
    def closed_for_good(self) -> bool:
        """Whether the arm is to come to rest and stay there."""
        return self._gate.closed_for_good

    @property
    def emergency_stopped(self) -> bool:
        """Whether an emergency stop closed the gate."""
        return self._gate.emergency_stopped

    @property
    def holds(self) -> int:
        """Number of times that the gate has closed."""
        return self._gate.holds

    def emergency_stop(self) -> None:
        """Closes the gate for good; may be called from any thread."""
        self._gate.emergency_stopped = True

    def deactivate(self) -> None:
        """Closes the gate for good; may be called from any thread."""
        self._gate.deactivating = True

    def check_graph(self) -> None:
        """Looks up who else publishes commands, and whether a node subscribes to them."""
        if not self._commands.shadow:
            self._gate.sole_publisher = self._commands.is_alone
            self._gate.has_subscriber = self._commands.has_subscriber

    def update(self, has_target: bool) -> bool:
        """Checks every condition and logs changes; returns whether the gate has just closed.

        Args:
            has_target: Whether the target's position is known.
        """
        event = self._gate.update(has_target, time.monotonic(), self._clock.now().nanoseconds)
        if event is GateEvent.OPENED:
            self._logger.info("Commanding")
        elif event is not None:
            self._logger.warning(f"Holding still: {self._gate.hold_reason}")
        return event is GateEvent.CLOSED
