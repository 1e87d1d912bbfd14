"""Backends that start their own simulators, so that nothing needs to run before a training.

Their ROS domain is reserved on this host only; another host may use the same one. So they never
discover nodes of other hosts.
"""

import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

from arm_sim.common.child_process import ChildProcess
from arm_sim.robot.robot import Robot
from arm_sim.simulation.sim_config import SimConfig
from arm_trainer.backends.camera_views import Views
from arm_trainer.ros.backend import RosBackend
from arm_trainer.ros.domain_id import ReservedDomain
from arm_trainer.ros.node_process import start_simulator
from arm_trainer.ros.sharded_backend import ShardedRosBackend, shares


class _Simulators:
    """Lockstep simulators in other processes and a ROS domain of their own.

    Attributes:
        processes: The simulators' processes by namespace.
    """

    def __init__(
        self,
        configs: Mapping[str, SimConfig],
        stopped: Callable[[], bool],
        views: Views | None,
    ) -> None:
        """Starts all simulators at the same time.

        Args:
            configs: Settings by namespace; an empty one for none.
            stopped: Returns whether a backend gives up waiting.
            views: The cameras that they render; None for none.

        Raises:
            UserError: If no ROS domain is free.
        """
        self.processes: dict[str, ChildProcess] = {}
        with ExitStack() as started:
            domain = ReservedDomain()
            started.callback(domain.release)
            self._options = {
                "domain_id": domain.domain_id,
                "this_host_only": True,
                "connect_timeout": 30.0 * len(configs),  # They start together, on few cores.
                "stopped": stopped,
                "views": views,
            }
            for name, config in configs.items():
                self.processes[name] = start_simulator(
                    config, domain.domain_id, name, this_host_only=True
                )
                started.callback(self.processes[name].close)
            for simulator in self.processes.values():
                # Called before any `close`, so all of them end while the first is waited for.
                started.callback(simulator.process.terminate)
            self._started = started.pop_all()

    def connection(self, name: str) -> dict[str, Any]:
        """Returns the arguments by which a RosBackend finds the simulator in a namespace."""
        return {
            "namespace": name,
            "exit_reason": self.processes[name].exit_reason,
            **self._options,
        }

    def close(self) -> None:
        """Ends the simulators."""
        self._started.close()


class ManagedSimulatorBackend(RosBackend):
    """A RosBackend that starts its simulator, in another process and a ROS domain of its own."""

    def __init__(
        self,
        robot: Robot,
        config: SimConfig,
        stopped: Callable[[], bool] = lambda: False,
        views: Views | None = None,
    ) -> None:
        """Starts the simulator and connects.

        Args:
            robot: The robot that `config.model` names.
            config: The simulator's settings. Mode, cameras and image size are replaced: lockstep,
                and as `views` says.
            stopped: Returns whether to give up waiting.
            views: The cameras to render, and at which size; None for none.

        Raises:
            SimulatorLost: If it does not start.
            Stopped: If `stopped` returns True.
            UserError: If no ROS domain is free.
        """
        config = _lockstep_config(config, views)
        simulators = _Simulators({"": config}, stopped, views)
        self.process = simulators.processes[""]
        with ExitStack() as started:
            started.callback(simulators.close)
            super().__init__(
                robot, config.num_arms, config.control_period, **simulators.connection("")
            )
            self._started = started.pop_all()

    def close(self) -> None:
        """Leaves the graph and ends the simulator."""
        super().close()
        self._started.close()


class ManagedShardedBackend(ShardedRosBackend):
    """A ShardedRosBackend that starts its simulators, in one ROS domain of their own."""

    def __init__(
        self,
        robot: Robot,
        config: SimConfig,
        num_sims: int,
        stopped: Callable[[], bool] = lambda: False,
        views: Views | None = None,
    ) -> None:
        """Starts all simulators at the same time and connects to one after the other.

        Args:
            robot: See `ManagedSimulatorBackend`, as for the others that are not explained here.
            config: Likewise; its `num_arms` is the number of arms of all simulators together. Each
                simulator gets a share of the cores if `threads` is 0, and an appearance seed of its
                own.
            num_sims: Number of simulators, at most `config.num_arms`.
            stopped: Likewise.
            views: Likewise.

        Raises:
            SimulatorLost: If one does not start; the message names it.
            Stopped: If `stopped` returns True.
            UserError: If no ROS domain is free.
        """
        config = _lockstep_config(config, views)
        configs = {
            name: _share_config(config, share.stop - share.start, i, num_sims)
            for i, (name, share) in enumerate(shares(config.num_arms, num_sims).items())
        }
        simulators = _Simulators(configs, stopped, views)
        with ExitStack() as started:
            started.callback(simulators.close)
            super().__init__(
                config.num_arms,
                num_sims,
                lambda name, arms: RosBackend(
                    robot, arms, config.control_period, **simulators.connection(name)
                ),
            )
            self._started = started.pop_all()

    def close(self) -> None:
        """Leaves the graph and ends the simulators."""
        super().close()
        self._started.close()


def _lockstep_config(config: SimConfig, views: Views | None) -> SimConfig:
    """Returns the settings of a lockstep simulator that renders these views."""
    if views is None:
        return config.replace(mode="lockstep", cameras="none")
    return config.replace(
        mode="lockstep",
        cameras=",".join(views.cameras),
        image={"width": views.size, "height": views.size},
    )


def _share_config(config: SimConfig, num_arms: int, index: int, num_sims: int) -> SimConfig:
    """Returns the settings of simulator `index` of `num_sims`, which has `num_arms` arms."""
    # With threads 0 each would take every core.
    threads = config.threads or max(1, len(os.sched_getaffinity(0)) // num_sims)
    # Each simulator counts its arms from 0, so with equal seeds their arms would look alike. In
    # steps of 2, as every other seed is reserved for evaluations
    # (`TrainingSettings.appearance`).
    seed = (config.appearance.seed + 2 * index) % 2**31
    return config.replace(num_arms=num_arms, threads=threads, appearance={"seed": seed})
