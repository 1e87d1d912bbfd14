"""Commands in real time: three interfaces, the trajectory that runs, latency, and the timeout.

Checking messages is `joint_messages.py`'s and `command_messages.py`'s. In lockstep a command moves
time, so there the node itself takes them.
"""

from collections.abc import Callable
from typing import Any

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
    """Steers a simulation by the newest command, on whichever interface it came.

    Attributes:
        readers: The subscriptions, to be waited for.
    """

    def __init__(
        self,
        node: Node,
        simulation: Simulation,
        timeout: float,
        line: DelayLine[Any],
        reject: Callable[[str], None],
    ) -> None:
        """Subscribes to every command interface.

        Args:
            node: The node that subscribes.
            simulation: What to steer.
            timeout: Simulated seconds without a command until the arms hold still.
            line: What a command spends its latency in.
            reject: Told the sentence of each refused message.
        """
        robot, num_arms = simulation.robot, simulation.num_arms
        self._simulation = simulation
        self._logger = node.get_logger()
        self._timeout_ns = round(timeout * 1e9)
        self._line = line
        self._reject = reject
        self._joint_states = command_reader(robot, num_arms)
        self._trajectories = TrajectoryReader(robot.command_joints, num_arms)
        self._arrays = ArrayReader(robot.command_joints, num_arms)
        obey: dict[str, Callable[[Any], None]] = {
            "joint_command": self._on_joint_command,
            "joint_trajectory": self._on_trajectory,
            "position_array": self._on_array,
        }
        self._topics = [
            (TopicReader(node, interface.message_type, interface.topic), obey[name])
            for name, interface in COMMAND_INTERFACES.items()
        ]
        self.readers = [reader for reader, _ in self._topics]
        self._trajectory: Trajectory | None = None
        # When the last command was to be fulfilled; None while the arms hold.
        self._commanded_until_ns: int | None = None

    def take(self) -> None:
        """Takes what has arrived and obeys what is due by now."""
        now = self._simulation.time_ns
        for reader, obey in self._topics:
            if (message := reader.take()) is not None:
                self._line.put(now, (obey, message))
        for obey, message in self._line.take(now):
            try:
                obey(message)
            except RejectedMessage as error:
                self._reject(str(error))

    def steer(self, period_ns: int) -> None:
        """Sets the targets for the time that begins: the trajectory's at its end, or to hold."""
        simulation = self._simulation
        until = self._commanded_until_ns
        if until is not None and simulation.time_ns - until >= self._timeout_ns:
            self._trajectory = None
            self._commanded_until_ns = None
            simulation.set_commands(simulation.positions[:, simulation.robot.command_indices])
            self._logger.info("No command: holding still.")
        if self._trajectory is not None:
            simulation.set_commands(self._trajectory.at(simulation.time_ns + period_ns))

    def leave_trajectory(self) -> None:
        """Stays at the targets in force, if it is a trajectory that is being followed."""
        if self._trajectory is not None:
            self._go_to(self._simulation.commands)

    def _on_joint_command(self, message: JointState) -> None:
        self._go_to(self._joint_states.read_all(message)[0])

    def _on_array(self, message: Float64MultiArray) -> None:
        self._go_to(self._arrays.read(message))

    def _go_to(self, targets: Floats) -> None:
        self._trajectory = None
        self._simulation.set_commands(targets)
        self._commanded_until_ns = self._simulation.time_ns

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
        self._commanded_until_ns = trajectory.end_ns
