"""CommandPublisher: sends one arm's position targets on a command interface of ros2_control."""

import time

import numpy as np
from rclpy.node import Node

from arm_sim.common.arrays import Floats
from arm_sim.ros.command_messages import COMMAND_INTERFACES, CommandWriter
from arm_sim.ros.subscriptions import RELIABLE
from arm_trainer.deployment.deployment import SHADOW_TOPIC, Deployment


class CommandPublisher:
    """Publishes commands and counts them.

    Attributes:
        shadow: Whether commands go to SHADOW_TOPIC, where they move nothing.
        sent: Number of commands sent.
        sent_at: Time of the last one by the monotonic clock, s; -inf before the first.
    """

    def __init__(self, node: Node, deployment: Deployment) -> None:
        """Creates the publisher.

        Args:
            node: The controller's node.
            deployment: Says which interface, and which joints commands contain.
        """
        interface = deployment.controller.interface
        names = interface.robot.command_joints
        self._width = len(names) if deployment.command_gripper else len(interface.robot.arm)
        self._writer = CommandWriter(
            deployment.command_interface, names[: self._width], interface.control_period
        )
        message_type, topic = COMMAND_INTERFACES[deployment.command_interface]
        self.shadow = deployment.shadow
        self.sent = 0
        self.sent_at = -np.inf
        self._node = node
        self._publisher = node.create_publisher(
            message_type, SHADOW_TOPIC if deployment.shadow else topic, RELIABLE
        )

    @property
    def topic(self) -> str:
        """The topic's full name."""
        return self._publisher.topic_name

    @property
    def is_alone(self) -> bool:
        """Whether no other node publishes on the topic."""
        return self._node.count_publishers(self.topic) <= 1

    @property
    def has_subscriber(self) -> bool:
        """Whether a node subscribes to the topic."""
        return self._publisher.get_subscription_count() > 0

    def send(self, command: Floats, stamp_ns: int) -> None:
        """Sends a command.

        Args:
            command: (C,) position targets of the arm's joints, then of the gripper's.
            stamp_ns: Stamp of the state that it answers, ns.
        """
        positions = np.ascontiguousarray(command[: self._width])
        self._publisher.publish(self._writer.write(stamp_ns, positions))
        self.sent += 1
        self.sent_at = time.monotonic()

    def close(self) -> None:
        """Destroys the publisher, so that another node may command."""
        self._node.destroy_publisher(self._publisher)
