"""All use of rclpy's private interface, with a check that the installed rclpy has it.

rclpy has no public way to read a subscription without an executor, to read a message's bytes, to
see which parameters were given on the command line, or to handle a lifecycle transition that is
not possible. Every other module uses the functions here.
"""

import importlib.metadata
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from rclpy.context import Context
from rclpy.lifecycle import LifecycleNode
from rclpy.node import Node
from rclpy.qos import QoSProfile
from rclpy.type_support import check_is_valid_msg_type

from arm_sim.common.errors import UserError

try:
    from rclpy.impl.implementation_singleton import rclpy_implementation as _rclpy
except ImportError:  # `check_rclpy` says so.
    _rclpy = None

_MADE_FOR = "7.1 (ROS 2 Jazzy)"
# Classes of rclpy's C++ part, and the methods of theirs that are used.
_CLASSES = {
    "Subscription": ("take_message", "destroy_when_not_in_use"),
    "WaitSet": (
        "clear_entities",
        "add_subscription",
        "wait",
        "get_ready_entities",
        "destroy_when_not_in_use",
    ),
    "RCLError": (),
}

# Raised by a lifecycle transition that is not possible in the node's present state.
RCLError: type[Exception] = getattr(_rclpy, "RCLError", RuntimeError)


def check_rclpy() -> None:
    """Checks that the installed rclpy has everything that this module uses.

    Attributes that only exist on nodes are checked where they are used.

    Raises:
        UserError: If something is missing.
    """
    for name, methods in _CLASSES.items():
        found = _need(_rclpy, name, "rclpy_implementation")
        for method in methods:
            _need(found, method, name)


class RawSubscription(NamedTuple):
    """A subscription that no executor serves.

    Attributes:
        handle: The object that `SubscriptionWaiter` waits for.
        take: Called with the message class and whether to return bytes; returns a tuple with the
            oldest message not yet taken, or None.
        close: Ends the subscription.
    """

    handle: Any
    take: Callable[[Any, bool], tuple[Any, Any] | None]
    close: Callable[[], None]


def subscribe(node: Node, message_type: Any, topic: str, qos: QoSProfile) -> RawSubscription:
    """Subscribes to a topic; its name is relative to the node's namespace and can be remapped."""
    check_is_valid_msg_type(message_type)  # Also loads the type's C support.
    with node.handle:
        handle = _rclpy.Subscription(node.handle, message_type, topic, qos.get_c_qos_profile())
    return RawSubscription(handle, handle.take_message, handle.destroy_when_not_in_use)


class SubscriptionWaiter:
    """Waits until one of several subscriptions has a message."""

    def __init__(self, context: Context, subscriptions: Sequence[RawSubscription]) -> None:
        """Prepares to wait for these subscriptions."""
        self._handles = [subscription.handle for subscription in subscriptions]
        self._wait_set = _rclpy.WaitSet(len(self._handles), 0, 0, 0, 0, 0, context.handle)

    def wait(self, timeout: float) -> bool:
        """Waits up to `timeout` s; returns whether a message has arrived.

        Python's signal handlers run only after it returns, so keep the time short.
        """
        wait_set = self._wait_set
        wait_set.clear_entities()
        for handle in self._handles:
            wait_set.add_subscription(handle)
        wait_set.wait(max(0, int(timeout * 1e9)))
        return bool(wait_set.get_ready_entities("subscription"))

    def close(self) -> None:
        """Frees the wait set."""
        self._wait_set.destroy_when_not_in_use()


def parameter_overrides(node: Node) -> Iterable[str]:
    """Returns the names of the parameters given on the command line, declared or not.

    Raises:
        UserError: If this rclpy has no list of them.
    """
    return list(_need(node, "_parameter_overrides", "Node"))


ChangeState = Callable[[Any, Any], Any]


def replace_change_state(node: LifecycleNode, callback: ChangeState) -> ChangeState:
    """Replaces the callback of a lifecycle node's `change_state` service.

    Returns:
        The previous callback, from request and response to response.

    Raises:
        UserError: If this rclpy keeps that service elsewhere.
    """
    service = _need(node, "_service_change_state", "LifecycleNode")
    previous: ChangeState = service.callback
    service.callback = callback
    return previous


def _need(owner: Any, name: str, where: str) -> Any:
    try:
        return getattr(owner, name)
    except AttributeError:
        raise UserError(
            f"The installed rclpy {_version()} has no {where}.{name}, which this program needs "
            f"(valid: rclpy {_MADE_FOR})."
        ) from None


def _version() -> str:
    try:
        return importlib.metadata.version("rclpy")
    except importlib.metadata.PackageNotFoundError:
        return "of unknown version"
