"""What every node of this project does alike: its context, its services, its parameters."""

import dataclasses
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, NoReturn, Protocol, TypeVar

import rclpy
from pydantic.fields import FieldInfo
from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor
from rclpy.context import Context
from rclpy.exceptions import InvalidParameterTypeException
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions
from rclpy.utilities import remove_ros_args

from arm_sim.common.command import run_command
from arm_sim.common.config import build
from arm_sim.common.errors import UserError

T = TypeVar("T")
N = TypeVar("N", bound=Node)


@contextmanager
def ros_context(
    arguments: list[str] | None = None, domain_id: int | None = None
) -> Iterator[Context]:
    """A ROS context of its own, shut down at the end; signals are left to `run_command`.

    Args:
        arguments: The command line, of which ROS reads what follows `--ros-args`.
        domain_id: The ROS domain, or None for that of ROS_DOMAIN_ID.

    Raises:
        UserError: If the ROS arguments can't be understood.
    """
    # Nothing leaves this host unless asked for; docs/wire.md promises it.
    os.environ.setdefault("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    context = Context()
    try:
        rclpy.init(
            args=arguments,
            context=context,
            domain_id=domain_id,
            signal_handler_options=SignalHandlerOptions.NO,
        )
    except Exception as error:  # rclpy raises bare and private types here.
        raise UserError(f"ROS could not start: {' '.join(str(error).split())}") from error
    try:
        yield context
    finally:
        context.try_shutdown()


def refuse_other_arguments(arguments: list[str]) -> None:
    """Nodes are told everything by ROS arguments; anything else would be ignored without a word.

    Raises:
        UserError: If there is something else on the command line.
    """
    others = remove_ros_args(arguments)[1:]
    if others:
        raise UserError(
            f"Unknown argument {others[0]}; parameters are given as '--ros-args -p name:=value'."
        )


@contextmanager
def services_thread(node: Node) -> Iterator[None]:
    """Serves the node's parameters on a thread, which sleeps while nobody asks."""
    executor = SingleThreadedExecutor(context=node.context)
    executor.add_node(node)

    def spin() -> None:
        with suppress(ExternalShutdownException):
            executor.spin()

    thread = threading.Thread(target=spin, name="ros_services", daemon=True)
    thread.start()
    try:
        yield
    finally:
        executor.shutdown(timeout_sec=2.0)
        thread.join(timeout=2.0)


class Program(Protocol):
    """What a node is there for."""

    def run(self, stop: threading.Event) -> None:
        """Serves until `stop` is set."""
        ...


def run_node(
    executable: str,
    parameters: type,
    make_node: Callable[[Context], N],
    make_program: Callable[[N], Program],
) -> NoReturn:
    """Runs a node as a process of its own, from the command line to the exit code.

    Args:
        executable: What the process is called in what it says.
        parameters: The settings class of its parameters, which `--help` prints.
        make_node: Joins the graph.
        make_program: What runs on the node, while a thread serves its services.
    """

    def command(stop: threading.Event) -> None:
        if {"-h", "--help"} & set(remove_ros_args(sys.argv)[1:]):
            print(_help(executable, parameters))
            return
        refuse_other_arguments(sys.argv)
        with ros_context(sys.argv) as context:
            node = make_node(context)
            try:
                program = make_program(node)
                with services_thread(node):
                    program.run(stop)
            finally:
                node.destroy_node()

    sys.exit(run_command(executable, command))


def _help(executable: str, parameters: type) -> str:
    lines = [f"usage: {executable} --ros-args -p NAME:=VALUE …, where NAME is one of"]
    for field in dataclasses.fields(parameters):
        info = field.default
        default = info.default if isinstance(info, FieldInfo) else info
        lines.append(f"  {field.name} (default: {default!r})")
        if isinstance(info, FieldInfo) and info.description:
            lines.append(f"      {info.description}")
    return "\n".join(lines)


def declare_parameters(node: Node, cls: type[T], *, changeable: bool = False) -> T:
    """Declares a settings class's fields as parameters.

    Descriptions and ranges are those of the class's `pydantic.Field`s.

    Args:
        node: The node.
        cls: A dataclass made with `settings`.
        changeable: Whether they may be set while the node runs; see `read_parameters`.

    Returns:
        The validated values.

    Raises:
        UserError: If a value is of the wrong type or out of range, or an unknown parameter is
            given.
    """
    values: dict[str, Any] = {}
    for field in dataclasses.fields(cls):  # type: ignore[arg-type]
        info = field.default
        default = info.default if isinstance(info, FieldInfo) else info
        try:
            values[field.name] = node.declare_parameter(
                field.name, default, _descriptor(info, type(default), not changeable)
            ).value
        except InvalidParameterTypeException as error:
            raise UserError(
                f"Parameter '{field.name}' must be a {type(default).__name__}: {error}."
            ) from error
        except rclpy.exceptions.InvalidParameterValueException as error:
            raise UserError(f"{error}.") from error
    # rclpy takes overrides of undeclared parameters without a word, so a typing mistake would pass.
    given = [name for name in node._parameter_overrides if not name.startswith("qos_overrides.")]
    unknown = [name for name in given if not node.has_parameter(name)]
    if unknown:
        raise UserError(
            f"Unknown parameter {', '.join(unknown)} (valid: {', '.join(values)}, use_sim_time)."
        )
    return build(cls, values, "Parameters")


def read_parameters(node: Node, cls: type[T]) -> T:
    """Returns the present values of parameters declared with `declare_parameters`.

    Raises:
        UserError: If a value is wrong.
    """
    names = [field.name for field in dataclasses.fields(cls)]  # type: ignore[arg-type]
    return build(cls, {name: node.get_parameter(name).value for name in names}, "Parameters")


def _descriptor(info: Any, kind: type, read_only: bool) -> ParameterDescriptor:
    descriptor = ParameterDescriptor(read_only=read_only)
    if not isinstance(info, FieldInfo):
        return descriptor
    descriptor.description = info.description or ""
    bounds = {}
    for constraint in info.metadata:
        for key in ("ge", "le"):
            if hasattr(constraint, key):
                bounds[key] = getattr(constraint, key)
    if len(bounds) == 2:
        if kind is float:
            descriptor.floating_point_range = [
                FloatingPointRange(from_value=float(bounds["ge"]), to_value=float(bounds["le"]))
            ]
        elif kind is int:
            descriptor.integer_range = [
                IntegerRange(from_value=bounds["ge"], to_value=bounds["le"])
            ]
    return descriptor
