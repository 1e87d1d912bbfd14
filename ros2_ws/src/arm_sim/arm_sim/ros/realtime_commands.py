"""Commands in real time: three command interfaces, trajectories, latency and the timeout.

`joint_messages.py` and `command_messages.py` check the messages. In lockstep a command moves time,
so `lockstep.py` handles it instead.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from rclpy.node import Node
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64MultiArray
from trajectory_msgs.msg import JointTrajectory

from arm_sim.common.arrays import Floats
from arm_sim.ros.command_messages import COMMAND_INTERFACES, ArrayReader, TrajectoryReader
from arm_sim.ros.joint_messages import RejectedMessage, command_reader, stamp_ns
from arm_sim.ros.subscriptions import TopicReader
from arm_sim.simulation.delay_line import DelayLine
from arm_sim.simulation.simulation import Simulation
from arm_sim.simulation.trajectory import Trajectory


class RealtimeCommands:
    """Sets a simulation's position targets from the newest command on any interface.

    Attributes:
        readers: The subscriptions, to be waited for.
    """

    def __init__(
        self,
        node: Node,
        simulation: Simulation,
        timeout: float,
        delay_line: DelayLine[Any],
        refuse: Callable[[str], None],
    ) -> None:
        """Subscribes to every command interface.

        Args:
            node: The node that subscribes.
            simulation: The simulation to command.
            timeout: Simulated seconds without a command until the arms hold still.
            delay_line: Delays each command by the configured latency.
            refuse: Called with a sentence for each refused message.
        """
        robot, num_arms = simulation.robot, simulation.num_arms
        self._simulation = simulation
        self._logger = node.get_logger()
        self._timeout_ns = round(timeout * 1e9)
        self._delay_line = delay_line
        self._refuse = refuse
        self._joint_states = command_reader(robot, num_arms)
        self._trajectories = TrajectoryReader(robot.command_joints, num_arms)
        self._arrays = ArrayReader(robot.command_joints, num_arms)
        handlers: dict[str, Callable[[Any], None]] = {
            "joint_command": self._on_joint_command,
            "joint_trajectory": self._on_trajectory,
            "position_array": self._on_array,
        }
        self._topics = [
            (TopicReader(node, interface.message_type, interface.topic), handlers[name])
            for name, interface in COMMAND_INTERFACES.items()
        ]
        self.readers = [reader for reader, _ in self._topics]
        self._trajectory: Trajectory | None = None
        # Time at which the last command ends, from which the timeout counts; None while the arms
        # hold still.
        self._command_end_ns: int | None = None

    def receive(self) -> None:
        """Reads the commands that have arrived and applies those whose delay has passed."""
        now = self._simulation.time_ns
        for reader, handle in self._topics:
            if (message := reader.take()) is not None:
                self._delay_line.put(now, (handle, message))
        for handle, message in self._delay_line.take(now):
            try:
                handle(message)
            except RejectedMessage as error:
                self._refuse(str(error))

    def update_targets(self, period_ns: int) -> None:
        """Sets the position targets for the next `period_ns`.

        They are a trajectory's at the end of that time, the arms' own positions once no command has
        come for too long, and unchanged otherwise.
        """
        simulation = self._simulation
        end = self._command_end_ns
        if end is not None and simulation.time_ns - end >= self._timeout_ns:
            self._trajectory = None
            self._command_end_ns = None
            simulation.set_commands(simulation.positions[:, simulation.robot.command_indices])
            self._logger.info("No command: holding still.")
        if self._trajectory is not None:
            simulation.set_commands(self._trajectory.at(simulation.time_ns + period_ns))

    def end_trajectory(self) -> None:
        """Ends a trajectory, if one is running, and keeps the present position targets."""
        if self._trajectory is not None:
            self._trajectory = None
            self._command_end_ns = self._simulation.time_ns

    def _on_joint_command(self, message: JointState) -> None:
        self._set_targets(self._joint_states.read_all(message)[0])

    def _on_array(self, message: Float64MultiArray) -> None:
        self._set_targets(self._arrays.read(message))

    def _set_targets(self, targets: Floats) -> None:
        simulation = self._simulation
        self._trajectory, now = None, simulation.time_ns
        if simulation.robot.objects:
            # As `Simulation.step` does: a stiff arm that jerks loses what it holds.
            end = np.array([simulation.period_ns])
            self._trajectory = Trajectory(now, simulation.commands, now, end, targets[None])
        else:
            simulation.set_commands(targets)
        self._command_end_ns = now

    def _on_trajectory(self, message: JointTrajectory) -> None:
        offsets, points = self._trajectories.read(message)
        now = self._simulation.time_ns
        start = stamp_ns(message) or now
        trajectory = Trajectory(now, self._simulation.commands, start, offsets, points)
        if trajectory.end_ns < now:
            raise RejectedMessage(
                f"Refused a trajectory that ends at {trajectory.end_ns / 1e9:.3f} s, in the past: "
                f"it is {now / 1e9:.3f} s (valid: a stamp of 0, which means now, or a later end)."
            )
        self._trajectory = trajectory
        self._command_end_ns = trajectory.end_ns
