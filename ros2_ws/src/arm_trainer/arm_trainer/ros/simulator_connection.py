"""SimulatorConnection: node, topics and greeting of one client of a lockstep simulator."""

import posixpath
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import TypeAlias

from rclpy.node import Node
from rclpy.publisher import Publisher
from sensor_msgs.msg import JointState, MultiDOFJointState

from arm_sim.common.command import Stopped
from arm_sim.robot.robot import Robot
from arm_sim.ros.joint_messages import RejectedMessage
from arm_sim.ros.node_runtime import ros_context
from arm_sim.ros.subscriptions import NEWEST, RELIABLE, TopicReader, TopicWaiter
from arm_trainer.backends.backend import SimulatorLost
from arm_trainer.backends.camera_views import Views
from arm_trainer.ros.state_images import StateImages
from arm_trainer.ros.state_objects import StateObjects

_GREETING_PERIOD = 0.1
_POLL = 0.1

# Serialized already, or to be serialized by rclpy.
Message: TypeAlias = JointState | bytes


class SimulatorConnection:
    """Sends serialized commands and resets to one simulator and receives its states.

    Attributes:
        commands: Publisher of `joint_command`.
        resets: Publisher of `joint_reset`.
        object_resets: Publisher of `object_reset`.
        objects: The objects that belong to the states; None without objects.
        images: The images that belong to the states; None without cameras.
    """

    def __init__(
        self,
        *,
        namespace: str = "",
        ros_arguments: list[str] | None = None,
        domain_id: int | None = None,
        this_host_only: bool = False,
        exit_reason: Callable[[], str | None] = lambda: None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        """Creates the node and its topics; arguments as for `RosBackend`.

        Raises:
            UserError: If the ROS arguments can't be understood.
        """
        self._namespace = namespace
        self._prefix = f"{namespace}/" if namespace else ""
        self._exit_reason = exit_reason
        self._stopped = stopped
        self.objects: StateObjects | None = None
        self.images: StateImages | None = None
        with ExitStack() as opened:
            self._context = opened.enter_context(
                ros_context(["", *(ros_arguments or [])], domain_id, this_host_only=this_host_only)
            )
            # Without rosout: it logs nothing, and ROS warns of two of these in one process.
            self._node = Node(
                "arm_trainer",
                context=self._context,
                start_parameter_services=False,
                enable_rosout=False,
            )
            opened.callback(self._node.destroy_node)
            # Best effort: a state that is lost is requested again, so DDS need not resend it.
            self._states = TopicReader(
                self._node, JointState, f"{self._prefix}joint_states", NEWEST
            )
            opened.callback(self._states.close)
            self._readers = [self._states]
            self._waiter = TopicWaiter(self._context, self._readers)
            self.commands, self.resets = (
                self._node.create_publisher(JointState, f"{self._prefix}{topic}", RELIABLE)
                for topic in ("joint_command", "joint_reset")
            )
            self.object_resets = self._node.create_publisher(
                MultiDOFJointState, f"{self._prefix}object_reset", RELIABLE
            )
            self._opened = opened.pop_all()

    def subscribe_to_objects(self, robot: Robot, num_arms: int) -> None:
        """Subscribes to the robot's objects; from now on, `receive` reads them too."""
        self.objects = StateObjects(self._node, robot, num_arms, self._prefix)
        self._opened.callback(self.objects.close)
        self._wait_for(self.objects.reader)

    def subscribe_to_images(self, views: Views, num_arms: int) -> None:
        """Subscribes to cameras; from now on, `receive` sorts their images by stamp too."""
        self.images = StateImages(self._node, views, num_arms, self._prefix)
        self._opened.callback(self.images.close)
        self._wait_for(*self.images.readers)

    def _wait_for(self, *readers: TopicReader) -> None:
        self._readers += readers
        self._waiter.close()
        self._waiter = TopicWaiter(self._context, self._readers)

    def send(self, publisher: Publisher, message: Message) -> None:
        """Publishes a message."""
        publisher.publish(message)

    def request_state(self) -> None:
        """Asks for the last state again, by a reset without joints."""
        self.send(self.resets, JointState())

    def receive(self, timeout: float, stamp_ns: int) -> bytes | None:
        """Returns the next state, serialized, or None after `timeout` s or less.

        Args:
            timeout: Longest time to wait, s.
            stamp_ns: Stamp of the images to keep, ns; those of other stamps are dropped.

        Raises:
            Stopped: If the wait was given up.
            SimulatorLost: If an image or an object can't be used.
        """
        if self._stopped():
            raise Stopped
        if not self._waiter.wait(min(timeout, _POLL)):
            return None
        if self.objects is not None:
            self.objects.take()
        if self.images is not None:
            try:
                self.images.take(stamp_ns)
            except RejectedMessage as error:
                raise SimulatorLost(str(error)) from None
        return self._states.take_bytes()

    def check_alive(self) -> None:
        """Raises SimulatorLost if the simulator is known to have ended."""
        if (reason := self._exit_reason()) is not None:
            raise SimulatorLost(f"The simulator died: {reason}.")

    def find_simulator(self, timeout: float) -> bytes:
        """Requests the state until one arrives, then waits until no more come; returns the last.

        Topics match one by one, and messages sent before that are lost: hence many requests.

        Raises:
            SimulatorLost: If there is no simulator in lockstep within `timeout` s.
        """
        deadline = time.monotonic() + timeout
        newest: bytes | None = None
        while time.monotonic() < deadline:
            matched = self.commands.get_subscription_count() > 0
            if newest is None or not matched:
                self.resets.publish(JointState())
            raw = self.receive(_GREETING_PERIOD, -1)
            if raw is not None:
                newest = raw
            elif newest is not None and self.commands.get_subscription_count():
                return newest
            else:
                self.check_alive()
        if newest is not None:
            raise SimulatorLost(
                f"The simulator on {self._states.topic} publishes unasked: it is not in "
                "lockstep ('-p mode:=lockstep'), or obeys another client too."
            )
        where = posixpath.join(self._node.get_namespace(), self._namespace).rstrip("/")
        option = f" -r __ns:={where}" if where else ""
        raise SimulatorLost(
            f"No simulator in lockstep mode answered on {self._states.topic} within "
            f"{timeout:.0f} s; start one with 'sim_node --ros-args -p mode:=lockstep{option}', "
            "or check ROS_DOMAIN_ID."
        )

    def close(self) -> None:
        """Leaves the graph; may be called twice."""
        self._opened.close()
