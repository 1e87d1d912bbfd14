"""Backends by name. A new backend is a file and a line here.

Backends over ROS live above this layer, so they are named by module and imported when asked for.
"""

import importlib
from collections.abc import Callable
from typing import Any

from arm_sim.common.errors import UserError
from arm_sim.robot.robot import Robot
from arm_trainer.backends.backend import Backend

# Module and class; each is made as Class(robot, num_arms, control_period, **options).
BACKENDS = {
    "in_process": ("arm_trainer.backends.in_process", "InProcessBackend"),
    "ros": ("arm_trainer.ros.backend", "RosBackend"),
}


def make_backend(
    name: str, robot: Robot, num_arms: int, control_period: float, **options: Any
) -> Backend:
    """Returns a backend.

    Args:
        name: 'in_process', or 'ros' for the lockstep simulator on the graph.
        robot: The robot.
        num_arms: Number of arms.
        control_period: Seconds that a command advances.
        **options: Of the backend, for instance `views`.

    Raises:
        UserError: If there is no backend of that name.
        SimulatorLost: If its simulator does not answer.
    """
    if name not in BACKENDS:
        raise UserError(f"Unknown backend '{name}' (valid: {', '.join(BACKENDS)}).")
    module, attribute = BACKENDS[name]
    make: Callable[..., Backend] = getattr(importlib.import_module(module), attribute)
    return make(robot, num_arms, control_period, **options)
