"""What every node needs around its own code: ROS context, service thread, command line."""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import NoReturn, Protocol, TypeVar

import rclpy
from rclpy.context import Context
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions
from rclpy.task import Future
from rclpy.utilities import remove_ros_args

from arm_sim.common.command import run_command
from arm_sim.common.errors import UserError
from arm_sim.ros.node_parameters import parameters_help
from arm_sim.ros.rclpy_internals import check_rclpy

N = TypeVar("N", bound=Node)

DISCOVERY_RANGE = "ROS_AUTOMATIC_DISCOVERY_RANGE"
THIS_HOST = "LOCALHOST"


@contextmanager
def ros_context(
    arguments: list[str] | None = None,
    domain_id: int | None = None,
    *,
    this_host_only: bool = False,
) -> Iterator[Context]:
    """A ROS context of its own, shut down at the end; signals are left to `run_command`.

    Args:
        arguments: The command line, of which ROS reads what follows `--ros-args`.
        domain_id: The ROS domain, or None for that of ROS_DOMAIN_ID.
        this_host_only: Whether nodes on other hosts are never discovered, whatever
            ROS_AUTOMATIC_DISCOVERY_RANGE says; else that decides, by default likewise.

    Raises:
        UserError: If the ROS arguments can't be understood, or this rclpy is not supported.
    """
    check_rclpy()
    context = Context()
    try:
        with _discovery_range(this_host_only):
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


@contextmanager
def _discovery_range(this_host_only: bool) -> Iterator[None]:
    """Sets the discovery range while ROS reads it; rclpy has no other way to choose it.

    docs/wire.md promises that nothing leaves this host by default.
    """
    given = os.environ.get(DISCOVERY_RANGE)
    if given is not None and not this_host_only:
        yield
        return
    os.environ[DISCOVERY_RANGE] = THIS_HOST
    try:
        yield
    finally:
        if given is None:
            del os.environ[DISCOVERY_RANGE]
        else:
            os.environ[DISCOVERY_RANGE] = given


def refuse_other_arguments(arguments: list[str]) -> None:
    """Refuses command line arguments that are not for ROS; they would be ignored otherwise.

    Raises:
        UserError: If there is one.
    """
    others = remove_ros_args(arguments)[1:]
    if others:
        raise UserError(
            f"Unknown argument {others[0]}; parameters are given as '--ros-args -p name:=value'."
        )


@contextmanager
def services_thread(node: Node) -> Iterator[None]:
    """Serves the node's services and parameters on a thread, which sleeps between requests."""
    executor = SingleThreadedExecutor(context=node.context)
    executor.add_node(node)
    ended: Future = Future()

    def spin() -> None:
        with suppress(ExternalShutdownException):
            executor.spin_until_future_complete(ended)

    thread = threading.Thread(target=spin, name="ros_services", daemon=True)
    thread.start()
    try:
        yield
    finally:
        # First the thread: it fails if what it waits for is destroyed by a shutdown meanwhile.
        ended.set_result(None)
        thread.join(timeout=2.0)
        executor.shutdown(timeout_sec=2.0)


class Program(Protocol):
    """The main loop of a node's process."""

    def run(self, stop: threading.Event) -> None:
        """Runs until `stop` is set."""
        ...


def run_node(
    executable: str,
    parameters: type,
    make_node: Callable[[Context], N],
    make_program: Callable[[N], Program],
) -> NoReturn:
    """Runs a node as a process of its own, from the command line to the exit code.

    Args:
        executable: The command's name, for help and error messages.
        parameters: The settings class of its parameters, which `--help` prints.
        make_node: Creates the node in a context.
        make_program: Creates the program that runs on the node, while a thread serves its services.
    """

    def command(stop: threading.Event) -> None:
        if {"-h", "--help"} & set(remove_ros_args(sys.argv)[1:]):
            print(parameters_help(executable, parameters))
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
