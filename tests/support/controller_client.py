"""Calls the controller's services and reads its diagnostics, as ROS's own tools do."""

import time
from collections.abc import Callable
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState
from rcl_interfaces.msg import Parameter, ParameterType, ParameterValue
from rcl_interfaces.srv import SetParameters
from rclpy.executors import SingleThreadedExecutor
from std_srvs.srv import Trigger

from support.graph import Graph


class ControllerServices:
    """Calls the controller's services."""

    def __init__(self, graph: Graph) -> None:
        self._node = graph.node
        self._clients: dict[str, Any] = {}

    def request(self, kind: Any, name: str, request: Any) -> Any:
        """Sends a request and returns its future, to be waited for with `answer`."""
        if name not in self._clients:
            self._clients[name] = self._node.create_client(kind, name)
        assert self._clients[name].wait_for_service(20.0), f"no service {name}"
        return self._clients[name].call_async(request)

    def answer(self, future: Any, timeout: float = 15.0) -> Any:
        """Waits for the response to a request; fails the test if none arrives."""
        executor = SingleThreadedExecutor(context=self._node.context)
        executor.add_node(self._node)
        deadline = time.monotonic() + timeout
        try:
            # Not `spin_until_future_complete`, which fails if another answer was waited for before.
            while not future.done() and time.monotonic() < deadline:
                executor.spin_once(timeout_sec=0.1)
        finally:
            executor.remove_node(self._node)
            executor.shutdown()
        assert future.done(), "the service does not answer"
        return future.result()

    def ask_to(self, transition: str) -> Any:
        """Requests a lifecycle transition, and returns the future."""
        number = getattr(Transition, f"TRANSITION_{transition.upper()}")
        request = ChangeState.Request(transition=Transition(id=number))
        return self.request(ChangeState, "arm_controller/change_state", request)

    def change(self, transition: str) -> bool:
        """Requests a lifecycle transition, and returns whether it was made."""
        return self.answer(self.ask_to(transition)).success

    @property
    def state(self) -> str:
        """The controller's lifecycle state."""
        future = self.request(GetState, "arm_controller/get_state", GetState.Request())
        return self.answer(future).current_state.label

    def set(self, name: str, value: str) -> None:
        """Sets a string parameter."""
        given = ParameterValue(type=ParameterType.PARAMETER_STRING, string_value=value)
        request = SetParameters.Request(parameters=[Parameter(name=name, value=given)])
        future = self.request(SetParameters, "arm_controller/set_parameters", request)
        (result,) = self.answer(future).results
        assert result.successful, result.reason

    def trigger(self, name: str) -> None:
        """Calls a service without arguments."""
        assert self.answer(self.request(Trigger, name, Trigger.Request())).success


class ControllerDiagnostics:
    """Reads the controller's entries of the `diagnostics` topic."""

    def __init__(self, graph: Graph) -> None:
        self._listener = graph.reader(DiagnosticArray, "diagnostics")

    def wait_for(
        self, accept: Callable[[str, dict[str, str]], bool], timeout: float = 15.0
    ) -> dict[str, str]:
        """Returns the values of the first status whose message and values are accepted."""

        def values(array: DiagnosticArray) -> dict[str, str]:
            return {pair.key: pair.value for pair in array.status[0].values}

        def good(array: DiagnosticArray) -> bool:
            (status,) = array.status
            return status.name.startswith("arm_controller") and accept(
                status.message, values(array)
            )

        return values(self._listener.next(timeout, good))
