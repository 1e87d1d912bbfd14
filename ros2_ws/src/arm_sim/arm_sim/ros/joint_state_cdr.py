"""Serializes JointStates whose joint names never change, faster than rclpy does.

In lockstep each message of many arms has the same hundred names. rclpy converts each to a Python
string and back, which takes longer than sending them. Here a message is written as DDS sends it
(plain CDR, little-endian; OMG, DDS-XTypes 1.3, section 7.4.1): names once, then only the stamp and
the numbers. A message with exactly these bytes is read in place. For all others `unpack` returns
None, and the caller deserializes them with rclpy: other joints, another order, a frame, and
messages serialized by rclpy, whose padding, and at times end, has bytes of whatever the memory held
before.
"""

import math
import struct
from collections.abc import Sequence

import numpy as np

from arm_sim.common.arrays import Floats, Ints
from arm_sim.ros.joint_messages import joint_names

_HEADER = bytes([0, 1, 0, 0])  # Plain CDR, little-endian; alignment counts from behind it.
_STAMP = 4
STAMP_BYTES = 12  # Header and stamp.
_NO_FRAME = struct.pack("<I4x", 1)  # A string is its length, its text and a zero, then padding.
BEFORE_NAMES = _HEADER + bytes(8) + _NO_FRAME
_FIELDS = 3  # Position, velocity and effort.


class JointLayout:
    """Layout of a serialized JointState of all arms, with fixed names, order and fields."""

    def __init__(self, names: Sequence[str], num_arms: int, fields: int) -> None:
        """Computes the position of each field.

        Args:
            names: The joints of one arm.
            num_arms: Number of arms, N.
            fields: Number of fields that are not empty: 1 for position, 3 for effort too.
        """
        shape = (num_arms, len(names))
        size = num_arms * len(names)
        raw = bytearray(BEFORE_NAMES + sequence(joint_names(names, num_arms)))
        begins: list[int] = []
        for _ in range(fields):
            raw += before_numbers(len(raw), size)
            begins.append(len(raw))
            raw += bytes(8 * size)
        raw += bytes(4 * (_FIELDS - fields))
        self._bytes = raw
        self._arrays = [
            np.frombuffer(raw, np.float64, size, begin).reshape(shape) for begin in begins
        ]
        # All bytes except stamp and numbers have to be equal: names, lengths, frame.
        gaps = zip(
            [0, STAMP_BYTES, *(begin + 8 * size for begin in begins)],
            [_STAMP, *begins, len(raw)],
            strict=True,
        )
        self._fixed = [(begin, bytes(raw[begin:end])) for begin, end in gaps]
        # `unpack` reads all fields as one array. Length and padding between two fields have eight
        # bytes, so they are read as one more number, which is finite.
        self._first = begins[0] - len(_HEADER)
        self._count = fields * (size + 1) - 1
        self._parts = [slice(i * (size + 1), i * (size + 1) + size) for i in range(fields)]
        self._shape = shape

    def pack(self, time_ns: int, *arrays: Floats) -> bytes:
        """Returns the serialized message with this stamp and these (N, J) fields."""
        put_stamp(self._bytes, time_ns)
        for field, values in zip(self._arrays, arrays, strict=True):
            field[...] = values
        return bytes(self._bytes)

    def unpack(self, raw: bytes) -> tuple[int, list[Floats]] | None:
        """Returns stamp (ns) and (N, J) fields; None for another layout or non-finite numbers."""
        if len(raw) != len(self._bytes):
            return None
        for begin, expected in self._fixed:
            if not raw.startswith(expected, begin):
                return None
        # Without the header, the numbers are aligned to eight bytes, which is faster.
        numbers = np.frombuffer(raw[len(_HEADER) :], np.float64, self._count, self._first)
        # One call is enough in nearly every case, and calls are slow after other work has emptied
        # the caches; the second is for numbers too large to be squared.
        if not (math.isfinite(np.vdot(numbers, numbers)) or np.isfinite(numbers).all()):
            return None
        return read_stamp(raw), [numbers[part].reshape(self._shape) for part in self._parts]


class SomeArmsLayout:
    """Layout of a serialized JointState with the positions of some arms, in ascending order."""

    def __init__(self, names: Sequence[str], num_arms: int) -> None:
        """Serializes the names of each arm; arguments as for `JointLayout`."""
        self._joints = len(names)
        all_names = joint_names(names, num_arms)
        self._names = [
            b"".join(map(_string, all_names[first : first + len(names)]))
            for first in range(0, len(all_names), len(names))
        ]

    def pack(self, time_ns: int, arms: Ints, positions: Floats) -> bytes:
        """Returns the serialized message with this stamp: arms (k,) ascending at (k, J)."""
        size = len(arms) * self._joints
        raw = bytearray(BEFORE_NAMES + struct.pack("<I", size))
        put_stamp(raw, time_ns)
        for arm in arms:
            raw += self._names[arm]
        raw += before_numbers(len(raw), size)
        raw += np.ascontiguousarray(positions, np.float64).data.cast("B")
        raw += bytes(4 * (_FIELDS - 1))
        return bytes(raw)

    def unpack(self, raw: bytes) -> tuple[int, Ints, Floats] | None:
        """Returns stamp (ns), arms (k,) and (k, J); None as for `JointLayout.unpack`, or if k is 0.

        Arms are recognised by the bytes of their names, in ascending order.
        """
        at = len(BEFORE_NAMES)
        if len(raw) < at + 4 or raw[:_STAMP] != _HEADER or raw[_STAMP + 8 : at] != _NO_FRAME:
            return None
        (size,) = struct.unpack_from("<I", raw, at)
        at += 4
        arms = []
        for arm, names in enumerate(self._names):
            if raw.startswith(names, at):
                arms.append(arm)
                at += len(names)
        before = before_numbers(at, size)
        begin = at + len(before)
        end = begin + 8 * size
        if (
            not arms
            or size != len(arms) * self._joints
            or raw[at:begin] != before
            or raw[end:] != bytes(4 * (_FIELDS - 1))
        ):
            return None
        positions = np.frombuffer(raw, np.float64, size, begin).reshape(-1, self._joints)
        if not np.isfinite(positions).all():
            return None
        return read_stamp(raw), np.array(arms), positions


def put_stamp(raw: bytearray, time_ns: int) -> None:
    """Writes the stamp, ns, of a serialized message that begins with a header."""
    struct.pack_into("<iI", raw, _STAMP, *divmod(time_ns, 1_000_000_000))


def read_stamp(raw: bytes) -> int:
    """Returns the stamp, ns, of such a message."""
    seconds, nanoseconds = struct.unpack_from("<iI", raw, _STAMP)
    return int(seconds) * 1_000_000_000 + int(nanoseconds)


def _string(text: str) -> bytes:
    """Returns a serialized string, padded to a multiple of four bytes."""
    raw = text.encode() + b"\0"
    return struct.pack("<I", len(raw)) + raw + bytes(-len(raw) % 4)


def sequence(texts: Sequence[str]) -> bytes:
    """Returns a serialized sequence of strings."""
    return struct.pack("<I", len(texts)) + b"".join(map(_string, texts))


def before_numbers(at: int, size: int) -> bytes:
    """Returns the length of a sequence of float64, at offset `at`, and padding to eight bytes."""
    begin = at + 4 - len(_HEADER)
    return struct.pack("<I", size) + bytes(-begin % 8)
