"""A test's node and processes in a ROS domain of their own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from arm_trainer.ros.domain_id import ReservedDomain
from support.graph import Graph, on_graph
from support.processes import Start, starting


class RosSystem(NamedTuple):
    """A reserved ROS domain, a test's node in it, and a function that starts executables there."""

    domain_id: int
    graph: Graph
    start: Start


@contextmanager
def ros_system(folder: Path) -> Iterator[RosSystem]:
    """Reserves a domain; at the end its processes are killed and the domain is free again.

    Args:
        folder: The working directory of the processes.
    """
    domain = ReservedDomain()
    try:
        with on_graph(domain.domain_id) as graph, starting(domain.domain_id, folder) as start:
            yield RosSystem(domain.domain_id, graph, start)
    finally:
        domain.release()
