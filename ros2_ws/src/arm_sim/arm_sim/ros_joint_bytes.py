"""JointState messages as bytes: the names are written once, only stamps and numbers change.

On the hot path a message of many arms says the same hundred names every time. rclpy turns each into
a Python string and back, which costs more than sending them. Here a serialized message is the
template; what has its layout is read and written in place, and all else takes the ordinary way.
That includes messages whose padding is not zero: rclpy leaves there what the memory held before.
"""

import struct
from collections.abc import Sequence

import numpy as np
from rclpy.serialization import serialize_message
from sensor_msgs.msg import JointState

from arm_sim.joint_messages import joint_names
from arm_sim.robot import Floats

# Unlikely numbers, by which the places of the real ones are found in the serialized bytes.
_STAMP = (0x13579BDF, 0x2468ACE1)
_MARKS = (1.2345e-67, 2.3456e-78, 3.4567e-89)
_FIELDS = ("position", "velocity", "effort")


class JointLayout:
    """The serialized form of a JointState with these names, in this order, and these fields."""

    def __init__(self, names: Sequence[str], num_arms: int, fields: int) -> None:
        """Finds out where things are.

        Args:
            names: The joints of one arm.
            num_arms: Number of arms, N.
            fields: How many of position, velocity and effort are given, the others being empty.
        """
        self.shape = (num_arms, len(names))
        message = JointState(name=joint_names(names, num_arms))
        size = len(message.name)
        message.header.stamp.sec, message.header.stamp.nanosec = _STAMP
        for field, mark in zip(_FIELDS[:fields], _MARKS, strict=False):
            setattr(message, field, [mark] * size)
        self._bytes = bytearray(serialize_message(message))
        _clear_padding(self._bytes)
        self._stamp = self._bytes.index(struct.pack("<iI", *_STAMP))
        self._arrays = [
            slice(start := self._bytes.index(struct.pack("<d", mark) * size), start + 8 * size)
            for mark in _MARKS[:fields]
        ]
        # What lies between stamp and numbers has to be equal: names, lengths, frame.
        edges = [self._stamp + 8, *(edge for a in self._arrays for edge in (a.start, a.stop))]
        ends = [*edges[1:], len(self._bytes)]
        self._fixed = [slice(0, self._stamp)] + [
            slice(start, end) for start, end in zip(edges[::2], ends[::2], strict=True)
        ]
        self._template = [bytes(self._bytes[part]) for part in self._fixed]

    def pack(self, time_ns: int, *arrays: Floats) -> bytes:
        """Returns the serialized message with this stamp and these (N, J) fields."""
        struct.pack_into("<iI", self._bytes, self._stamp, *divmod(time_ns, 1_000_000_000))
        for part, values in zip(self._arrays, arrays, strict=True):
            self._bytes[part] = np.ascontiguousarray(values, np.float64).data.cast("B")
        return bytes(self._bytes)

    def unpack(self, raw: bytes) -> tuple[int, list[Floats]] | None:
        """Returns stamp (ns) and (N, J) fields; None for another layout or what is not finite."""
        if len(raw) != len(self._bytes):
            return None
        for part, expected in zip(self._fixed, self._template, strict=True):
            if raw[part] != expected:
                return None
        sec, nanosec = struct.unpack_from("<iI", raw, self._stamp)
        count = self.shape[0] * self.shape[1]
        arrays = [np.frombuffer(raw, np.float64, count, part.start) for part in self._arrays]
        if not all(np.isfinite(values).all() for values in arrays):
            return None
        return sec * 1_000_000_000 + nanosec, [values.reshape(self.shape) for values in arrays]


def _clear_padding(raw: bytearray) -> None:
    """Puts zeros where a serialized JointState has nothing to say.

    CDR aligns each value to its own size, counted from behind the header of 4 bytes (OMG,
    DDS-XTypes 1.3, section 7.4.1).
    """
    at = 4 + 8  # Header and stamp.

    def skip(size: int, alignment: int = 1) -> int:
        """Returns where a value of this size begins, and goes on behind it."""
        nonlocal at
        begin = at + (4 - at) % alignment
        raw[at:begin] = bytes(begin - at)
        at = begin + size
        return begin

    def length() -> int:
        (result,) = struct.unpack_from("<I", raw, skip(4, alignment=4))
        return int(result)

    skip(length())  # The frame.
    for _ in range(length()):
        skip(length())
    for _ in _FIELDS:
        if count := length():
            skip(8 * count, alignment=8)
