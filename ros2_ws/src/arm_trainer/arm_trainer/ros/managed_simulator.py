"""Backends with simulators of their own, so that a training needs nothing started before."""

import os
from collections.abc import Callable
from contextlib import ExitStack

from arm_sim.common.child_process import ChildProcess
from arm_sim.robot.appearance_config import Appearance
from arm_trainer.backends.camera_views import Views
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.ros.backend import RosBackend
from arm_trainer.ros.domain_id import ReservedDomain
from arm_trainer.ros.node_process import start_node
from arm_trainer.ros.sharded_backend import ShardedRosBackend, shares


class ManagedSimulatorBackend(RosBackend):
    """A RosBackend with a simulator of its own, in another process and ROS domain."""

    def __init__(
        self,
        task: PolicyInterface,
        model: str,
        num_arms: int,
        stopped: Callable[[], bool] = lambda: False,
        views: Views | None = None,
        appearance: Appearance | None = None,
    ) -> None:
        """Starts the simulator and connects.

        Args:
            task: The task, which gives robot and control rate.
            model: The simulator's model: a built-in robot's name or a path.
            num_arms: Number of arms.
            stopped: Whether to give up waiting.
            views: The cameras that it is to render, and at which size; None for none.
            appearance: How what they see varies; None for not at all.

        Raises:
            SimulatorLost: If it does not start.
        """
        self._domain = _own_domain()
        parameters = _parameters(task, model, num_arms, views, appearance)
        self._simulator = start_node("arm_sim.ros.sim_node", parameters, self._domain.domain_id)
        # Should connecting fail, RosBackend calls our `close`.
        super().__init__(
            task.robot,
            num_arms,
            task.control_period,
            domain_id=self._domain.domain_id,
            exit_reason=self._simulator.exit_reason,
            stopped=stopped,
            views=views,
        )

    def close(self) -> None:
        """Leaves the graph and ends the simulator."""
        super().close()
        self._simulator.close()
        self._domain.release()


class ManagedShardedBackend(ShardedRosBackend):
    """A ShardedRosBackend with simulators of its own, in other processes and one ROS domain."""

    def __init__(
        self,
        task: PolicyInterface,
        model: str,
        num_arms: int,
        num_sims: int,
        stopped: Callable[[], bool] = lambda: False,
        views: Views | None = None,
        appearance: Appearance | None = None,
    ) -> None:
        """Starts the simulators, all at once, and connects.

        Args:
            task: See `ManagedSimulatorBackend`, as for the others that are not named here.
            model: Likewise.
            num_arms: Number of arms in all.
            num_sims: Number of simulators, at most `num_arms`.
            stopped: Likewise.
            views: Likewise.
            appearance: Likewise; each simulator draws from a seed of its own.

        Raises:
            SimulatorLost: If one does not start; it says which.
        """
        threads = max(1, len(os.sched_getaffinity(0)) // num_sims)
        simulators: dict[str, ChildProcess] = {}
        with ExitStack() as started:
            domain = _own_domain()
            started.callback(domain.release)
            for i, (name, share) in enumerate(shares(num_arms, num_sims).items()):
                parameters = _parameters(
                    task, model, share.stop - share.start, views, appearance, number=i
                )
                parameters["threads"] = threads  # Or they would fight for the cores.
                simulators[name] = start_node(
                    "arm_sim.ros.sim_node", parameters, domain.domain_id, namespace=name
                )
                started.callback(simulators[name].close)
            for simulator in simulators.values():
                # Called before any `close`: all of them end while the first is waited for.
                started.callback(simulator.process.terminate)
            super().__init__(
                num_arms,
                num_sims,
                lambda name, arms: RosBackend(
                    task.robot,
                    arms,
                    task.control_period,
                    namespace=name,
                    domain_id=domain.domain_id,
                    connect_timeout=30.0 * num_sims,  # They start side by side, on few cores.
                    exit_reason=simulators[name].exit_reason,
                    stopped=stopped,
                    views=views,
                ),
            )
            self._to_end = started.pop_all()

    def close(self) -> None:
        """Leaves the graph and ends the simulators."""
        super().close()
        self._to_end.close()


def _own_domain() -> ReservedDomain:
    # Another machine may have chosen the same domain: nobody but our children is to be heard.
    os.environ["ROS_AUTOMATIC_DISCOVERY_RANGE"] = "LOCALHOST"
    return ReservedDomain()


def _parameters(
    task: PolicyInterface,
    model: str,
    num_arms: int,
    views: Views | None,
    appearance: Appearance | None,
    number: int = 0,
) -> dict[str, object]:
    """Returns the parameters of a simulator; of several, each has its number."""
    parameters: dict[str, object] = {
        "model": model,
        "mode": "lockstep",
        "num_arms": num_arms,
        "control_rate": task.task.config.control_rate,
        "cameras": "none",
    }
    if views is not None:
        parameters |= {
            "cameras": ",".join(views.cameras),
            "image_width": views.size,
            "image_height": views.size,
            "image_quality": "fast",
        }
    if appearance is not None:
        varied = {f"appearance_{name}": value for name, value in vars(appearance).items()}
        # Each counts its arms from 0, and equal numbers would look alike. By two, as every other
        # seed is for evaluations alone (`TrainingSettings.appearance`).
        varied["appearance_seed"] = (appearance.seed + 2 * number) % 2**31
        parameters |= varied
    return parameters
