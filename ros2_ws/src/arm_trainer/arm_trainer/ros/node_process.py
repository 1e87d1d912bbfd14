"""ROS nodes as child processes."""

import sys
from collections.abc import Mapping

from arm_sim.common.child_process import ChildProcess


def start_node(
    module: str, parameters: Mapping[str, object], domain_id: int, namespace: str = ""
) -> ChildProcess:
    """Starts a ROS node.

    Args:
        module: Its Python module, which has a `main`.
        parameters: Its ROS parameters.
        domain_id: Its ROS domain.
        namespace: Its namespace; empty for none.
    """
    given = [part for name, value in parameters.items() for part in ("-p", f"{name}:={value}")]
    if namespace:
        given += ["-r", f"__ns:=/{namespace}"]
    command = [sys.executable, "-m", module, "--ros-args", *given]
    return ChildProcess(command, {"ROS_DOMAIN_ID": str(domain_id)})
