"""Serializes MultiDOFJointStates of fixed names, as `joint_state_cdr.py` does JointStates.

rclpy makes a Python object of each vector in the message, which for 16 arms takes longer than the
physics. Fields: header, names, transforms (7 numbers each), twists (6 each), wrenches (none).
"""

import struct
from collections.abc import Sequence

import numpy as np

from arm_sim.common.arrays import Floats, Ints
from arm_sim.robot.object_spec import GOAL
from arm_sim.ros.joint_messages import joint_names
from arm_sim.ros.joint_state_cdr import (
    BEFORE_NAMES,
    STAMP_BYTES,
    before_numbers,
    put_stamp,
    read_stamp,
    sequence,
)

_POSE, _TWIST = 7, 6
_NONE = struct.pack("<I", 0)
_IDENTITY = (0.0, 0.0, 0.0, 1.0)


class ObjectStateLayout:
    """Layout of a message with the poses and twists of all objects and goals of N arms."""

    def __init__(self, objects: Sequence[str], num_arms: int) -> None:
        """Computes where each field is, for N arms with these M objects each."""
        names = [*objects, GOAL]
        count = num_arms * len(names)
        raw = bytearray(BEFORE_NAMES + sequence(joint_names(names, num_arms)))
        arrays: list[tuple[int, int]] = []
        for width in (_POSE, _TWIST):
            raw += before_numbers(len(raw), count)
            arrays.append((len(raw), width))
            raw += bytes(8 * width * count)
        raw += _NONE
        self._bytes = raw
        shape = (num_arms, len(names))
        self._places = [(begin, count * width, (*shape, width)) for begin, width in arrays]
        self._poses, self._twists = (
            np.frombuffer(raw, np.float64, size, begin).reshape(form)
            for begin, size, form in self._places
        )
        self._poses[:, -1, 3:] = _IDENTITY
        ends = [begin + 8 * size for begin, size, _ in self._places]
        gaps = zip([0, STAMP_BYTES, *ends], [4, arrays[0][0], arrays[1][0], len(raw)], strict=True)
        self._fixed = [(begin, bytes(raw[begin:end])) for begin, end in gaps]

    def pack(self, time_ns: int, poses: Floats, velocities: Floats, goals: Floats) -> bytes:
        """Returns the serialized message: (N, M, 7) poses, (N, M, 6) twists, (N, 3) goals."""
        put_stamp(self._bytes, time_ns)
        self._poses[:, :-1], self._twists[:, :-1] = poses, velocities
        self._poses[:, -1, :3] = goals
        return bytes(self._bytes)

    def unpack(self, raw: bytes) -> tuple[int, Floats, Floats, Floats] | None:
        """Returns stamp (ns), poses, velocities and goals as for `pack`; None for other layouts."""
        if len(raw) != len(self._bytes):
            return None
        for begin, expected in self._fixed:
            if not raw.startswith(expected, begin):
                return None
        poses, twists = (
            np.frombuffer(raw, np.float64, size, begin).reshape(form)
            for begin, size, form in self._places
        )
        if not (np.isfinite(poses).all() and np.isfinite(twists).all()):
            return None
        # Copies, laid out as in the simulation: sums depend on that.
        parts = (poses[:, :-1].copy(), twists[:, :-1].copy(), poses[:, -1, :3].copy())
        return read_stamp(raw), *parts


class ObjectPlacementLayout:
    """Layout of an `object_reset` that places some names of some arms, at rest, in their order."""

    def __init__(self, names: Sequence[str], num_arms: int) -> None:
        """Serializes the names of each arm.

        Args:
            names: The objects that are placed, the goal `target` included if it is.
            num_arms: Number of arms, N.
        """
        self._count = len(names)
        all_names = joint_names(names, num_arms)
        self._names = [
            b"".join(sequence([name])[4:] for name in all_names[i : i + len(names)])
            for i in range(0, len(all_names), len(names))
        ]

    def pack(self, time_ns: int, arms: Ints, poses: Floats) -> bytes:
        """Returns the serialized message: arms (k,) ascending, their poses (k, number, 7)."""
        size = len(arms) * self._count
        raw = bytearray(BEFORE_NAMES + struct.pack("<I", size))
        put_stamp(raw, time_ns)
        for arm in arms:
            raw += self._names[arm]
        raw += before_numbers(len(raw), size)
        raw += np.ascontiguousarray(poses, np.float64).data.cast("B")
        return bytes(raw + _NONE + _NONE)
