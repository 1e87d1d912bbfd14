"""ROS nodes as child processes."""

import sys
from collections.abc import Mapping

from arm_sim.common.child_process import ChildProcess
from arm_sim.ros import sim_node
from arm_sim.ros.node_runtime import DISCOVERY_RANGE, THIS_HOST
from arm_sim.ros.sim_parameters import sim_parameters
from arm_sim.simulation.sim_config import SimConfig

_QUOTE = "'"


def start_node(
    module: str,
    parameters: Mapping[str, object],
    domain_id: int,
    namespace: str = "",
    *,
    this_host_only: bool = False,
) -> ChildProcess:
    """Starts a ROS node.

    Args:
        module: Name of its Python module, which has a `main`.
        parameters: Its ROS parameters.
        domain_id: Its ROS domain.
        namespace: Its namespace; empty for none.
        this_host_only: Whether nodes on other hosts never discover it, whatever the environment
            says.
    """
    options = []
    for name, value in parameters.items():
        # As a quoted text in YAML: ROS refuses an empty value, and would read braces as a mapping.
        text = f"'{value.replace(_QUOTE, 2 * _QUOTE)}'" if isinstance(value, str) else value
        options += ["-p", f"{name}:={text}"]
    if namespace:
        options += ["-r", f"__ns:=/{namespace}"]
    command = [sys.executable, "-m", module, "--ros-args", *options]
    environment = {"ROS_DOMAIN_ID": str(domain_id)}
    if this_host_only:
        environment[DISCOVERY_RANGE] = THIS_HOST
    return ChildProcess(command, environment)


def start_simulator(
    config: SimConfig, domain_id: int, namespace: str = "", *, this_host_only: bool = False
) -> ChildProcess:
    """Starts a simulator with these settings; other arguments as for `start_node`."""
    return start_node(
        sim_node.__name__,
        sim_parameters(config),
        domain_id,
        namespace,
        this_host_only=this_host_only,
    )
