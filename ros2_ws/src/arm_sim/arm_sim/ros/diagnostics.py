"""Diagnostics: counts refused messages and diverged states, and publishes them once a second."""

import os
import time
from pathlib import Path

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.logging import get_logging_directory
from rclpy.node import Node

from arm_sim.ros.joint_messages import set_stamp
from arm_sim.ros.state_publisher import StatePublisher
from arm_sim.ros.subscriptions import RELIABLE
from arm_sim.simulation.divergence import Divergence
from arm_sim.simulation.sim_config import SimConfig
from arm_sim.simulation.simulation import Simulation

_PERIOD = 1.0
_THROTTLE = 1.0


class Diagnostics:
    """Logs what goes wrong in a simulator and publishes its status on `diagnostics`."""

    def __init__(
        self, node: Node, config: SimConfig, simulation: Simulation, outputs: StatePublisher
    ) -> None:
        """Creates the publisher.

        Args:
            node: The node that publishes.
            config: The simulator's settings.
            simulation: The simulation.
            outputs: Publishes the states, whose rate is reported.
        """
        self._name = f"{node.get_name()}: simulation"
        self._logger = node.get_logger()
        self._publisher = node.create_publisher(DiagnosticArray, "diagnostics", RELIABLE)
        self._config = config
        self._simulation = simulation
        self._outputs = outputs
        self._refused = 0
        self._diverged = 0
        self._reported_faults = 0
        self._reported_states = 0
        self._reported_at = time.monotonic()

    def refuse(self, sentence: str) -> None:
        """Counts a refused message and logs why, at most once a second."""
        self._refused += 1
        self._logger.warning(sentence, throttle_duration_sec=_THROTTLE)

    def record(self, divergences: list[Divergence]) -> None:
        """Counts and logs diverged arms, and writes the last states of each to a file."""
        for divergence in divergences:
            self._diverged += 1
            self._logger.error(
                f"arm_{divergence.arm} diverged at {divergence.time_ns / 1e9:.3f} s, is back at "
                f"home; {self._write(divergence)}"
            )

    def publish_if_due(self) -> None:
        """Publishes the status if the last one was published a second ago or more."""
        now = time.monotonic()
        if now - self._reported_at < _PERIOD:
            return
        states = self._outputs.published
        rate = (states - self._reported_states) / (now - self._reported_at)
        faults = self._refused + self._diverged
        status = self._status(rate, new_faults=faults > self._reported_faults)
        self._reported_at, self._reported_states, self._reported_faults = now, states, faults
        message = DiagnosticArray(status=[status])
        set_stamp(message.header.stamp, self._simulation.time_ns)
        self._publisher.publish(message)

    def _status(self, rate: float, new_faults: bool) -> DiagnosticStatus:
        counts = f"{self._refused} messages refused, {self._diverged} states diverged"
        values = {
            "mode": self._config.mode,
            "arms": self._config.num_arms,
            "state rate (Hz)": f"{rate:.1f}",
            "refused messages": self._refused,
            "diverged states": self._diverged,
            "GL renderer": self._outputs.images.renderer,
        }
        return DiagnosticStatus(
            level=DiagnosticStatus.WARN if new_faults else DiagnosticStatus.OK,
            name=self._name,
            message=counts if new_faults else "running",
            hardware_id=self._simulation.robot.name,
            values=[KeyValue(key=key, value=str(value)) for key, value in values.items()],
        )

    def _write(self, divergence: Divergence) -> str:
        """Writes a diverged arm's last states; returns where they are, or why they are not."""
        name = f"divergence_{os.getpid()}_{self._diverged}_arm_{divergence.arm}.npz"
        file = Path(str(get_logging_directory())) / name
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            np.savez(file, joint_names=self._simulation.robot.joint_names, **vars(divergence))
        except OSError as error:
            return f"its last states could not be written to {file}: {error.strerror}"
        return f"its last states are in {file}"
