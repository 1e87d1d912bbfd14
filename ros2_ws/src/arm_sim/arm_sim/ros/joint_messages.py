"""Converts JointState and target messages to arrays and back, and checks incoming ones.

A message with a mistake is refused completely, with a sentence that says what is valid. Stamps are
not checked here: what they mean depends on the receiver. `state_publisher.py` fills `joint_states`.
"""

import array
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from geometry_msgs.msg import PointStamped, PoseStamped
from numpy.typing import NDArray
from sensor_msgs.msg import JointState

from arm_sim.common.arrays import Floats
from arm_sim.robot.robot import Robot


class RejectedMessage(ValueError):
    """An incoming message is not acceptable; the text says why and what is valid."""


def joint_names(names: Sequence[str], num_arms: int) -> list[str]:
    """Returns the names in messages: unchanged for one arm, else prefixed 'arm_0/' and so on."""
    if num_arms == 1:
        return list(names)
    return [f"arm_{arm}/{name}" for arm in range(num_arms) for name in names]


def count_arms(names: Sequence[str]) -> int:
    """Returns the number of arms whose joints a message names; 1 if there are no prefixes."""
    return max(1, len({name.partition("/")[0] for name in names if re.match(r"arm_\d+/", name)}))


def stamp_ns(message: Any) -> int:
    """Returns the stamp in a message's header, ns."""
    stamp = message.header.stamp
    return stamp.sec * 1_000_000_000 + stamp.nanosec


def set_stamp(header_stamp: object, time_ns: int) -> None:
    """Writes a time in ns into a builtin_interfaces/Time."""
    header_stamp.sec, header_stamp.nanosec = divmod(time_ns, 1_000_000_000)  # type: ignore[attr-defined]


class JointWriter:
    """Writes JointStates into one message: sets the names once, copies the arrays as bytes."""

    def __init__(self, names: Sequence[str], num_arms: int) -> None:
        """Makes the message, for `num_arms` arms with these joints each."""
        self.message = JointState(name=joint_names(names, num_arms))

    def write(
        self,
        time_ns: int,
        positions: Floats,
        velocities: Floats | None = None,
        efforts: Floats | None = None,
    ) -> JointState:
        """Returns the message, which the next call overwrites.

        Args:
            time_ns: Stamp, ns.
            positions: (N, J) rad or m.
            velocities: (N, J) or None for an empty field.
            efforts: (N, J) or None for an empty field.
        """
        message = self.message
        set_stamp(message.header.stamp, time_ns)
        message.position = array.array("d", positions.tobytes())
        message.velocity = array.array("d", b"" if velocities is None else velocities.tobytes())
        message.effort = array.array("d", b"" if efforts is None else efforts.tobytes())
        return message


class JointReader:
    """Reads positions and velocities of known joints from messages that name them in any order.

    Attributes:
        shape: (N, J) of what is returned.
    """

    def __init__(self, topic: str, names: Sequence[str], num_arms: int) -> None:
        """Prepares for messages on `topic` about `num_arms` arms with these joints each."""
        self.shape = (num_arms, len(names))
        self._topic = topic
        self._names = list(names)
        self._index = {name: i for i, name in enumerate(joint_names(names, num_arms))}
        # Names and order of the last message; most have the same, and comparing lists is cheap.
        self._last_names: list[str] = []
        self._last_order: NDArray[np.int64] = np.zeros(0, np.int64)

    def read_all(self, message: JointState) -> tuple[Floats, Floats]:
        """Returns (N, J) positions and velocities of a message that names every joint.

        Velocities are 0 where the message has none.

        Raises:
            RejectedMessage: If a joint is unknown, missing or repeated, lengths differ, or a value
                is not finite.
        """
        order = self._order(message)
        if len(order) != len(self._index):
            missing = [name for name in self._index if name not in set(message.name)]
            raise self._rejected(f"misses {join_names(missing)}")
        positions, velocities = self._values(message)
        full_positions, full_velocities = np.empty(len(order)), np.empty(len(order))
        full_positions[order], full_velocities[order] = positions, velocities
        return full_positions.reshape(self.shape), full_velocities.reshape(self.shape)

    def read_some(self, message: JointState) -> tuple[NDArray[np.bool_], Floats, Floats]:
        """Returns (N, J) mask, positions and velocities of a message naming any of the joints.

        Raises:
            RejectedMessage: If a joint is unknown or repeated, lengths differ, or a value is not
                finite.
        """
        order = self._order(message)
        positions, velocities = self._values(message)
        size = len(self._index)
        mask, full_positions, full_velocities = np.zeros(size, bool), np.zeros(size), np.zeros(size)
        mask[order], full_positions[order], full_velocities[order] = True, positions, velocities
        return (
            mask.reshape(self.shape),
            full_positions.reshape(self.shape),
            full_velocities.reshape(self.shape),
        )

    def read_known(self, message: JointState) -> tuple[Floats, Floats]:
        """As `read_all`, but ignores unknown joints, which a robot's driver may name too.

        Raises:
            RejectedMessage: As `read_all`, except for unknown joints.
        """
        if message.name == self._last_names:
            return self.read_all(message)
        count = len(message.name)
        if len(message.position) != count:
            raise self._rejected(f"has {len(message.position)} positions for {count} names")
        if len(message.velocity) not in (0, count):
            raise self._rejected(f"has {len(message.velocity)} velocities for {count} names")
        kept = [i for i, name in enumerate(message.name) if name in self._index]
        known = JointState(name=[message.name[i] for i in kept])
        known.position = array.array("d", [message.position[i] for i in kept])
        if len(message.velocity):
            known.velocity = array.array("d", [message.velocity[i] for i in kept])
        return self.read_all(known)

    def _order(self, message: JointState) -> NDArray[np.int64]:
        names = message.name
        if names == self._last_names:
            return self._last_order
        unknown = [name for name in names if name not in self._index]
        if unknown:
            raise self._rejected(f"names unknown joints {join_names(unknown)}")
        if len(set(names)) != len(names):
            repeated = sorted({name for name in names if names.count(name) > 1})
            raise self._rejected(f"repeats {join_names(repeated)}")
        self._last_order = np.array([self._index[name] for name in names], dtype=np.int64)
        self._last_names = list(names)
        return self._last_order

    def _values(self, message: JointState) -> tuple[Floats, Floats]:
        count = len(message.name)
        positions = np.frombuffer(message.position, dtype=np.float64)
        velocities = np.frombuffer(message.velocity, dtype=np.float64)
        if len(positions) != count:
            raise self._rejected(f"has {len(positions)} positions for {count} names")
        if not len(velocities):
            velocities = np.zeros(count)
        elif len(velocities) != count:
            raise self._rejected(f"has {len(velocities)} velocities for {count} names")
        if not (np.isfinite(positions).all() and np.isfinite(velocities).all()):
            finite = np.isfinite(positions) & np.isfinite(velocities)
            bad = [name for name, good in zip(message.name, finite, strict=True) if not good]
            raise self._rejected(f"is not finite for {join_names(bad)}")
        return positions, velocities

    def _rejected(self, what: str) -> RejectedMessage:
        arms = self.shape[0]
        valid = ", ".join(self._names)
        prefix = "" if arms == 1 else f"arm_0/ to arm_{arms - 1}/ followed by each of "
        return RejectedMessage(
            f"Refused a message on {self._topic}: it {what} (valid: {prefix}{valid})."
        )


def join_names(names: Sequence[str]) -> str:
    """Returns the first few names, for a sentence, and the number of the others."""
    shown = ", ".join(names[:4])
    return shown if len(names) <= 4 else f"{shown} and {len(names) - 4} more"


def read_target(
    message: PoseStamped | PointStamped, base_frame: str, topic: str | None = None
) -> Floats:
    """Returns the position (3,) in a target_pose or clicked_point, m in the base frame.

    Args:
        message: The message.
        base_frame: The robot's base frame.
        topic: The topic, for the error message; None for the usual one of its type.

    Raises:
        RejectedMessage: If it is in another frame, or not finite.
    """
    if isinstance(message, PoseStamped):
        topic, point = topic or "target_pose", message.pose.position
    else:
        topic, point = topic or "clicked_point", message.point
    valid = ("world", base_frame)  # The model's world frame is the base frame.
    frame = message.header.frame_id
    if frame not in valid:
        raise RejectedMessage(f"Refused a {topic} in frame '{frame}' (valid: {', '.join(valid)}).")
    position = np.array([point.x, point.y, point.z])
    if not np.isfinite(position).all():
        raise RejectedMessage(f"Refused a {topic} whose position is not finite.")
    return position


def command_reader(robot: Robot, num_arms: int) -> JointReader:
    """Returns a reader of joint_command messages."""
    return JointReader("joint_command", robot.command_joints, num_arms)
