"""The simulator's settings as ROS parameters: for the node itself, and for programs that start it.

A group of settings becomes parameters with its name as prefix: `image` becomes `image_width` and
so on.
"""

from typing import Any

from rclpy.node import Node

from arm_sim.ros.node_parameters import declare_parameters, parameter_values
from arm_sim.simulation.sim_config import SimConfig


def declare_sim_parameters(node: Node) -> SimConfig:
    """Declares the simulator's parameters and returns their values.

    Raises:
        UserError: If a value is wrong or an unknown parameter is given.
    """
    return declare_parameters(node, SimConfig)


def sim_parameters(config: SimConfig) -> dict[str, Any]:
    """Returns the parameters by which a `sim_node` gets this configuration.

    Those that have their default values are left out.
    """
    defaults = parameter_values(SimConfig())
    values = parameter_values(config)
    return {name: value for name, value in values.items() if value != defaults[name]}
