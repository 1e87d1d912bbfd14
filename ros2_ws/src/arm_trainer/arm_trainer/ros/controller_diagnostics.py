"""ControllerDiagnostics: publishes a controller's state on `diagnostics`, once a second."""

import time

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.node import Node

from arm_sim.ros.joint_messages import set_stamp
from arm_sim.ros.subscriptions import RELIABLE
from arm_trainer.deployment.deployment import Deployment
from arm_trainer.ros.active_controller import ActiveController

_PERIOD = 1.0


class ControllerDiagnostics:
    """Publisher of the diagnostics."""

    def __init__(self, node: Node) -> None:
        """Creates the publisher; the first message is due after a period."""
        self._name = f"{node.get_name()}: controller"
        self._publisher = node.create_publisher(DiagnosticArray, "diagnostics", RELIABLE)
        self._due = time.monotonic() + _PERIOD

    def is_due(self) -> bool:
        """Starts the next period if the last one is over, and returns whether it was."""
        if time.monotonic() < self._due:
            return False
        self._due = time.monotonic() + _PERIOD
        return True

    def publish(
        self,
        deployment: Deployment | None,
        active: ActiveController | None,
        emergency_stop: bool,
        refused: int,
        stamp_ns: int,
    ) -> None:
        """Publishes the state of the controller.

        Args:
            deployment: The deployment that is loaded, if any.
            active: The controller, if it is active.
            emergency_stop: Whether the emergency stop is latched.
            refused: Number of invalid messages so far.
            stamp_ns: The message's stamp, ns.
        """
        values: dict[str, object] = {"refused messages": refused}
        level, message = DiagnosticStatus.OK, "not active"
        if active is not None:
            values |= active.report()
            reason = active.gate.hold_reason
            message = reason or "commanding"
            level = DiagnosticStatus.WARN if reason else DiagnosticStatus.OK
        if emergency_stop:
            level, message = DiagnosticStatus.ERROR, "emergency stop"
        status = DiagnosticStatus(
            level=level,
            name=self._name,
            message=message,
            hardware_id=deployment.controller.interface.robot.name if deployment else "",
            values=[KeyValue(key=key, value=str(value)) for key, value in values.items()],
        )
        array = DiagnosticArray(status=[status])
        set_stamp(array.header.stamp, max(0, stamp_ns))
        self._publisher.publish(array)
