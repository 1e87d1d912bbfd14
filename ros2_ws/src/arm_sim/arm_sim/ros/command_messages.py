"""Messages of the command interfaces: `joint_command` and those of ros2_control's controllers.

Topics and types are those of ros2_control's controllers under their usual names. So a controller
written for a real arm also commands the simulator, and ours also commands a real arm.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from builtin_interfaces.msg import Duration
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64MultiArray
from trajectory_msgs.msg import JointTrajectory, JointTrajectoryPoint

from arm_sim.common.arrays import Floats, Ints
from arm_sim.ros.joint_messages import JointReader, JointWriter, RejectedMessage, joint_names


class CommandInterface(NamedTuple):
    """One way to send position targets.

    Attributes:
        message_type: The message's class.
        topic: The topic to which its receiver subscribes by default, relative.
    """

    message_type: type
    topic: str


COMMAND_INTERFACES: Mapping[str, CommandInterface] = MappingProxyType(
    {
        "joint_command": CommandInterface(JointState, "joint_command"),
        # ros2_control's joint_trajectory_controller.
        "joint_trajectory": CommandInterface(
            JointTrajectory, "joint_trajectory_controller/joint_trajectory"
        ),
        # ros2_control's forward_command_controller for positions.
        "position_array": CommandInterface(
            Float64MultiArray, "forward_position_controller/commands"
        ),
    }
)


class CommandWriter:
    """Writes one arm's position targets as the messages of one command interface."""

    def __init__(self, interface: str, names: Sequence[str], period: float) -> None:
        """Prepares to write.

        Args:
            interface: A key of `COMMAND_INTERFACES`.
            names: The C joints of a command.
            period: The control period, s, in which a trajectory's only point is to be reached.
        """
        self._names = list(names)
        sec, nanosec = divmod(round(period * 1e9), 1_000_000_000)
        self._time_from_start = Duration(sec=sec, nanosec=nanosec)
        writers: dict[str, Callable[[int, Floats], Any]] = {
            "joint_command": JointWriter(names, 1).write,
            "joint_trajectory": self._joint_trajectory,
            "position_array": self._position_array,
        }
        self._write = writers[interface]

    def write(self, time_ns: int, positions: Floats) -> Any:
        """Returns the message, which the next call may overwrite.

        Args:
            time_ns: Stamp of the state that the command answers, ns; only in a JointState.
            positions: (C,) rad or m.
        """
        return self._write(time_ns, positions)

    def _joint_trajectory(self, _time_ns: int, positions: Floats) -> JointTrajectory:
        point = JointTrajectoryPoint(
            positions=positions.tolist(), time_from_start=self._time_from_start
        )
        # Its stamp stays 0, which ros2_control interprets as "now".
        return JointTrajectory(joint_names=self._names, points=[point])

    def _position_array(self, _time_ns: int, positions: Floats) -> Float64MultiArray:
        return Float64MultiArray(data=positions.tolist())


class TrajectoryReader:
    """Reads trajectories of position targets; velocities are checked and not used."""

    def __init__(self, names: Sequence[str], num_arms: int) -> None:
        """Prepares for messages about `num_arms` arms with these C joints each."""
        self._topic = COMMAND_INTERFACES["joint_trajectory"].topic
        self._reader = JointReader(self._topic, names, num_arms)

    def read(self, message: JointTrajectory) -> tuple[Ints, Floats]:
        """Returns the times of the points, (K,) ns from the start, and their positions (K, N, C).

        Raises:
            RejectedMessage: If a joint is unknown, missing or repeated, there is no point, lengths
                differ, a value is not finite, or a time is negative or not after the one before.
        """
        points = message.points
        if not points:
            raise RejectedMessage(
                f"Refused a message on {self._topic}: it has no points (valid: one or more)."
            )
        times = [point.time_from_start for point in points]
        offsets = np.array([time.sec * 1_000_000_000 + time.nanosec for time in times], np.int64)
        if offsets[0] < 0 or (np.diff(offsets) <= 0).any():
            raise RejectedMessage(
                f"Refused a message on {self._topic}: its points' times from the start do not rise "
                "(valid: 0 s or more, each later than the one before)."
            )
        # Each point is checked as a JointState of the same names is.
        states = [
            JointState(name=message.joint_names, position=p.positions, velocity=p.velocities)
            for p in points
        ]
        return offsets, np.stack([self._reader.read_all(state)[0] for state in states])


class ArrayReader:
    """Reads position targets without names, in the order of the command joints."""

    def __init__(self, names: Sequence[str], num_arms: int) -> None:
        """Prepares for messages about `num_arms` arms with these C joints each."""
        self._names = joint_names(names, num_arms)
        topic = COMMAND_INTERFACES["position_array"].topic
        self._reader = JointReader(topic, names, num_arms)

    def read(self, message: Float64MultiArray) -> Floats:
        """Returns (N, C) positions; the layout is ignored, as ros2_control does.

        Raises:
            RejectedMessage: If there are not N·C values, or one is not finite.
        """
        return self._reader.read_all(JointState(name=self._names, position=message.data))[0]
