"""Real time: the physics follows the wall clock, multiplied by `realtime_factor`."""

import threading
import time

import numpy as np
from geometry_msgs.msg import PointStamped, PoseStamped
from rclpy.node import Node
from sensor_msgs.msg import JointState, MultiDOFJointState

from arm_sim.common.errors import UserError
from arm_sim.ros.diagnostics import Diagnostics
from arm_sim.ros.joint_messages import JointReader, RejectedMessage, read_target
from arm_sim.ros.object_messages import ObjectReader
from arm_sim.ros.realtime_commands import RealtimeCommands
from arm_sim.ros.state_publisher import StatePublisher
from arm_sim.ros.subscriptions import TopicReader, TopicWaiter, target_readers
from arm_sim.simulation.delay_line import DelayLine
from arm_sim.simulation.sim_config import SimConfig
from arm_sim.simulation.simulation import Simulation

# rclpy throttles each line that logs on its own, so every line calls the logger itself.
_THROTTLE = 1.0
_POLL = 0.1
# How far simulated time may lag before the simulator stops trying to catch up, s.
_LARGEST_LAG = 0.25


class RealtimeLoop:
    """Advances a simulation with the wall clock under the newest commands until it is stopped."""

    def __init__(
        self,
        node: Node,
        config: SimConfig,
        simulation: Simulation,
        outputs: StatePublisher,
        diagnostics: Diagnostics,
    ) -> None:
        """Subscribes.

        Args:
            node: The node that subscribes.
            config: The simulator's settings.
            simulation: The simulation to advance.
            outputs: Publishes the states.
            diagnostics: Gets refused messages and diverged arms.

        Raises:
            UserError: If a state period is not a multiple of the model's timestep.
        """
        self._logger = node.get_logger()
        self._config = config
        self._simulation = simulation
        self._outputs = outputs
        self._diagnostics = diagnostics
        self._substeps = _substeps_per_state(config, simulation)
        delay_line: DelayLine = DelayLine(config.command.delay, config.command.jitter, seed=0)
        self._commands = RealtimeCommands(
            node, simulation, config.command.timeout, delay_line, diagnostics.refuse
        )
        self._resets = TopicReader(node, JointState, "joint_reset")
        self._reset_reader = JointReader(
            "joint_reset", simulation.robot.joint_names, simulation.num_arms
        )
        self._object_resets = TopicReader(node, MultiDOFJointState, "object_reset")
        self._object_reader = ObjectReader(
            "object_reset", simulation.robot.objects, simulation.num_arms
        )
        self._targets = target_readers(node)
        self._waiter = TopicWaiter(
            node.context,
            [self._resets, self._object_resets, *self._commands.readers, *self._targets],
        )

    def run(self, stop: threading.Event) -> None:
        """Advances the simulation until `stop` is set."""
        config, simulation = self._config, self._simulation
        period_ns = self._substeps * simulation.substep_ns
        due = time.monotonic()
        next_images_ns = 0
        while not stop.is_set():
            while (left := due - time.monotonic()) > 0 and not stop.is_set():
                if self._waiter.wait(min(left, _POLL)):
                    self._receive()
            self._receive()
            self._commands.update_targets(period_ns)
            self._diagnostics.record(simulation.advance(self._substeps))
            with_images = simulation.time_ns >= next_images_ns
            self._outputs.publish(with_images)
            if with_images:
                next_images_ns += round(1e9 / config.camera_rate)
            due += period_ns / 1e9 / config.realtime_factor
            if time.monotonic() - due > _LARGEST_LAG:
                self._logger.warning(
                    f"Can't keep up with {config.realtime_factor} × real time: simulated time "
                    "lags.",
                    throttle_duration_sec=_THROTTLE,
                )
                due = time.monotonic()
            self._outputs.refresh_view()
            self._diagnostics.publish_if_due()

    def _receive(self) -> None:
        """Handles the messages that have arrived."""
        try:
            if (message := self._resets.take()) is not None:
                self._reset(message)
            if (message := self._object_resets.take()) is not None:
                self._place_objects(message)
            self._commands.receive()
            for targets in self._targets:
                if (message := targets.take()) is not None:
                    self._move_target(message)
        except RejectedMessage as error:
            self._diagnostics.refuse(str(error))

    def _reset(self, message: JointState) -> None:
        mask, positions, velocities = self._reset_reader.read_some(message)
        self._simulation.place(mask, positions, velocities)
        if mask[:, self._simulation.robot.command_indices].any():
            self._commands.end_trajectory()  # Else it would move the arm back.

    def _place_objects(self, message: MultiDOFJointState) -> None:
        read = self._object_reader.read(message)
        if read.objects.any():
            self._simulation.place_objects(read.objects, read.poses, read.velocities)
        if read.goals_named.any():
            self._simulation.place_goals(read.goals_named, read.goals)

    def _move_target(self, message: PoseStamped | PointStamped) -> None:
        simulation = self._simulation
        position = read_target(message, simulation.robot.base_frame)
        everywhere = np.ones(simulation.num_arms, bool)
        simulation.place_goals(everywhere, np.tile(position, (simulation.num_arms, 1)))


def _substeps_per_state(config: SimConfig, simulation: Simulation) -> int:
    """Returns the number of physics timesteps between two published states."""
    period_ns = round(1e9 / config.state_rate)
    substeps, rest = divmod(period_ns, simulation.substep_ns)
    if rest:
        raise UserError(
            f"state_rate is {config.state_rate} Hz; its period must be a multiple of the model's "
            f"timestep, {simulation.substep_ns / 1e9} s."
        )
    return substeps
