"""Makes the backends over ROS from a request; see `backends/registry.py`."""

from arm_trainer.backends.backend import Backend
from arm_trainer.backends.registry import BackendRequest
from arm_trainer.ros.backend import RosBackend
from arm_trainer.ros.managed_simulator import ManagedShardedBackend, ManagedSimulatorBackend
from arm_trainer.ros.sharded_backend import ShardedRosBackend


def external(request: BackendRequest) -> Backend:
    """Connects to one or several lockstep simulators that run already."""

    def connect(namespace: str, num_arms: int) -> RosBackend:
        return RosBackend(
            request.robot,
            num_arms,
            request.sim.control_period,
            namespace=namespace,
            ros_arguments=list(request.ros_arguments),
            stopped=request.stopped,
            views=request.views,
        )

    arms, sims = request.sim.num_arms, request.num_sims
    return ShardedRosBackend(arms, sims, connect) if sims > 1 else connect("", arms)


def managed(request: BackendRequest) -> Backend:
    """Starts one or several simulators in other processes and connects to them."""
    robot, sim, stopped, views = request.robot, request.sim, request.stopped, request.views
    if request.num_sims > 1:
        return ManagedShardedBackend(robot, sim, request.num_sims, stopped, views)
    return ManagedSimulatorBackend(robot, sim, stopped, views)
