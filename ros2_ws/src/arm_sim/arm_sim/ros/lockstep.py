"""Lockstep: simulated time moves by messages only, by one control period for each accepted one.

docs/wire.md describes the protocol. A client stamps each message as the last state that it has
received; so a message that arrives twice is recognised, and takes effect once.
"""

import functools
import threading
from collections.abc import Callable

from geometry_msgs.msg import PointStamped, PoseStamped
from rclpy.node import Node
from rclpy.serialization import deserialize_message
from sensor_msgs.msg import JointState, MultiDOFJointState

from arm_sim.ros.diagnostics import Diagnostics
from arm_sim.ros.joint_messages import JointReader, RejectedMessage, command_reader, stamp_ns
from arm_sim.ros.joint_state_cdr import JointLayout, SomeArmsLayout
from arm_sim.ros.object_messages import ObjectReader
from arm_sim.ros.state_publisher import StatePublisher
from arm_sim.ros.subscriptions import NEWEST, RELIABLE, TARGET_TOPICS, TopicReader, TopicWaiter
from arm_sim.simulation.simulation import Simulation

# rclpy throttles each line that logs on its own, so every line calls the logger itself.
_THROTTLE = 1.0
_POLL = 0.1
# Messages that a client may send before the last state's answer: a reset of objects, one of joints,
# and a command.
_LARGEST_CHAIN = 3


class LockstepProtocol:
    """Steps or places a simulation for each serialized message, and publishes the state after it.

    Messages in the usual layout are read as bytes; all others are deserialized by rclpy.
    """

    def __init__(
        self, simulation: Simulation, outputs: StatePublisher, diagnostics: Diagnostics
    ) -> None:
        """Prepares to read messages.

        Args:
            simulation: The simulation that the messages step.
            outputs: Publishes each state.
            diagnostics: Gets refused messages and diverged arms.
        """
        robot, num_arms = simulation.robot, simulation.num_arms
        self._simulation = simulation
        self._outputs = outputs
        self._diagnostics = diagnostics
        self._command_layout = JointLayout(robot.command_joints, num_arms, fields=1)
        self._command_reader = command_reader(robot, num_arms)
        self._reset_layout = SomeArmsLayout(robot.joint_names, num_arms)
        self._reset_reader = JointReader("joint_reset", robot.joint_names, num_arms)
        # Stamp of the last accepted message, ns; another with this stamp is a resend of it.
        self._accepted_ns = -1
        self._object_reader = ObjectReader("object_reset", robot.objects, num_arms)
        # Messages by stamp that arrived before the one that they follow.
        self._early: dict[int, Callable[[], None]] = {}

    def on_reset(self, raw: bytes) -> None:
        """Handles a `joint_reset`; one without joints only asks for the last state again."""
        simulation = self._simulation
        if (known := self._reset_layout.unpack(raw)) is not None:
            stamp, arms, positions = known
            place = lambda: simulation.place_arms(arms, positions)  # noqa: E731
        else:
            message = deserialize_message(raw, JointState)
            if not message.name:
                self._repeat_state()
                return
            stamp, read = stamp_ns(message), self._reset_reader.read_some
            place = lambda: simulation.place(*read(message))  # noqa: E731

        def act() -> None:
            place()
            simulation.skip_period()

        self._on_message(stamp, act)

    def on_object_reset(self, raw: bytes) -> None:
        """Handles an `object_reset`; one without names only asks for the last state again."""
        message = deserialize_message(raw, MultiDOFJointState)
        if not message.joint_names:
            self._repeat_state()
            return

        def act() -> None:
            read, simulation = self._object_reader.read(message), self._simulation
            if read.objects.any():
                simulation.place_objects(read.objects, read.poses, read.velocities)
            if read.goals_named.any():
                simulation.place_goals(read.goals_named, read.goals)
            simulation.skip_period()

        self._on_message(stamp_ns(message), act)

    def on_command(self, raw: bytes) -> None:
        """Handles a `joint_command`."""
        simulation = self._simulation
        record = self._diagnostics.record
        if (known := self._command_layout.unpack(raw)) is not None:
            stamp, (commands,) = known
            act = lambda: record(simulation.step(commands))  # noqa: E731
        else:
            message = deserialize_message(raw, JointState)
            stamp, read = stamp_ns(message), self._command_reader.read_all
            act = lambda: record(simulation.step(read(message)[0]))  # noqa: E731
        self._on_message(stamp, act)

    def _repeat_state(self) -> None:
        """Answers who asks for the last state: perhaps a new client, to whom no message is early.

        What an earlier client sent too early must not be taken for the new one's.
        """
        self._early.clear()
        self._outputs.publish()

    def _on_message(self, stamp: int, act: Callable[[], None]) -> None:
        """Accepts a message that answers the last state, answers a resend, refuses all others.

        One that is a period or two early waits for those that it follows.
        """
        simulation = self._simulation
        now, period = simulation.time_ns, simulation.period_ns
        if stamp == now:
            self._accept(act)
        elif stamp == self._accepted_ns:
            self._outputs.publish()
        elif stamp in range(now + period, now + _LARGEST_CHAIN * period, period):
            self._early[stamp] = act
        else:
            self._diagnostics.refuse(
                f"Refused a message that answers stamp {stamp / 1e9:.9f}: the last state's is "
                f"{now / 1e9:.9f}, and only that, or a resend of what answered "
                f"{self._accepted_ns / 1e9:.9f}, is valid."
            )

    def _accept(self, act: Callable[[], None]) -> None:
        """Acts, also for the messages that waited for this one, and publishes the last state."""
        simulation = self._simulation
        following: Callable[[], None] | None = act
        accepted = False
        while following is not None:
            stamp = simulation.time_ns
            try:
                following()
            except RejectedMessage as error:
                self._diagnostics.refuse(str(error))
                break
            accepted, self._accepted_ns = True, stamp
            following = self._early.pop(simulation.time_ns, None)
        self._early = {s: early for s, early in self._early.items() if s > simulation.time_ns}
        if accepted:
            self._outputs.publish()


class LockstepLoop:
    """Receives the messages of the lockstep protocol until it is stopped."""

    def __init__(
        self,
        node: Node,
        simulation: Simulation,
        outputs: StatePublisher,
        diagnostics: Diagnostics,
    ) -> None:
        """Subscribes; arguments as for `LockstepProtocol`."""
        self._node = node
        self._outputs = outputs
        self._diagnostics = diagnostics
        self._protocol = LockstepProtocol(simulation, outputs, diagnostics)
        self._resets = TopicReader(node, JointState, "joint_reset")
        # Best effort: a client resends what gets no answer, so DDS need not.
        self._commands = TopicReader(node, JointState, "joint_command", NEWEST)
        self._object_resets = TopicReader(node, MultiDOFJointState, "object_reset")
        self._waiter = TopicWaiter(
            node.context, [self._resets, self._object_resets, self._commands]
        )
        # Served by the executor, as each subscription in the wait set costs microseconds a tick.
        for topic, message_type in TARGET_TOPICS.items():
            node.create_subscription(
                message_type, topic, functools.partial(self._ignore_target, topic), RELIABLE
            )

    def run(self, stop: threading.Event) -> None:
        """Handles messages until `stop` is set."""
        protocol, outputs, diagnostics = self._protocol, self._outputs, self._diagnostics
        outputs.publish()
        while not stop.is_set():
            if self._waiter.wait(_POLL):
                # In this order: what was sent before the command has nearly always arrived by then.
                command, reset = self._commands.take_bytes(), self._resets.take_bytes()
                if (objects := self._object_resets.take_bytes()) is not None:
                    protocol.on_object_reset(objects)
                if reset is not None:
                    protocol.on_reset(reset)
                if command is not None:
                    protocol.on_command(command)
            outputs.refresh_view()
            diagnostics.publish_if_due()

    def _ignore_target(self, topic: str, _: PoseStamped | PointStamped) -> None:
        self._node.get_logger().warning(
            f"Ignored a message on {self._node.resolve_topic_name(topic)}: in lockstep, place the "
            "target with object_reset.",
            throttle_duration_sec=_THROTTLE,
        )
