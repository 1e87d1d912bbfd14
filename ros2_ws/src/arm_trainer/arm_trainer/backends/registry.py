"""Backends by name. A new backend is a file with a function from a request, and a line here.

Backends over ROS live above this layer, so they are named as text and imported when asked for.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass

from arm_sim.common.errors import UserError
from arm_sim.robot.robot import Robot
from arm_sim.simulation.sim_config import SimConfig
from arm_trainer.backends.backend import Backend
from arm_trainer.backends.camera_views import Views

# Module and function, which makes the backend from a request.
BACKENDS = {
    "in_process": "arm_trainer.backends.in_process:in_process",
    "ros": "arm_trainer.ros.backend_factory:external",
    "managed": "arm_trainer.ros.backend_factory:managed",
}


@dataclass(frozen=True)
class BackendRequest:
    """What a backend is to provide.

    Attributes:
        robot: The robot.
        sim: Settings of the simulation: model, number of arms, control rate, appearance.
        views: The cameras whose images every state has; None for no images.
        num_sims: Number of simulators that share the arms, where the backend has simulators.
        stopped: Returns whether to give up waiting for a simulator.
        ros_arguments: ROS arguments of the trainer's node, from `--ros-args` on.
    """

    robot: Robot
    sim: SimConfig
    views: Views | None = None
    num_sims: int = 1
    stopped: Callable[[], bool] = lambda: False
    ros_arguments: tuple[str, ...] = ()


def make_backend(name: str, request: BackendRequest) -> Backend:
    """Returns a backend.

    Args:
        name: 'in_process'; 'ros' for the lockstep simulator on the graph; 'managed' for a simulator
            that is started in another process.
        request: What it is to provide.

    Raises:
        UserError: If there is no backend of that name.
        SimulatorLost: If a simulator does not answer.
    """
    if name not in BACKENDS:
        raise UserError(f"Unknown backend '{name}' (valid: {', '.join(BACKENDS)}).")
    module, _, function = BACKENDS[name].partition(":")
    make: Callable[[BackendRequest], Backend] = getattr(importlib.import_module(module), function)
    return make(request)
