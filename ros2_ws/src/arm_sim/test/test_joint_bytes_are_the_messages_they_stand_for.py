from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from rclpy.serialization import deserialize_message, serialize_message
from sensor_msgs.msg import JointState

from arm_sim import ros_joint_bytes
from arm_sim.joint_messages import JointWriter, joint_names, stamp_ns
from arm_sim.ros_joint_bytes import JointLayout

NAMES = ("shoulder", "elbow", "target_x")
finite = st.floats(allow_nan=False, allow_infinity=False)
fields = arrays(np.float64, (3, 2, 3), elements=finite)


@given(values=fields, time_ns=st.integers(0, 2**31 * 10**9 - 1))
def test_what_is_packed_is_what_rclpy_would_have_serialized(
    values: np.ndarray, time_ns: int
) -> None:
    raw = JointLayout(NAMES, 2, fields=3).pack(time_ns, *values)
    read = deserialize_message(raw, JointState)
    assert read == JointWriter(NAMES, 2).write(time_ns, *values)
    assert list(read.name) == joint_names(NAMES, 2)
    assert stamp_ns(read) == time_ns


@given(values=fields, time_ns=st.integers(0, 2**31 * 10**9 - 1))
def test_what_is_unpacked_is_what_was_packed(values: np.ndarray, time_ns: int) -> None:
    layout = JointLayout(NAMES, 2, fields=3)
    stamp, unpacked = layout.unpack(layout.pack(time_ns, *values))
    assert stamp == time_ns
    assert np.stack(unpacked).tobytes() == values.tobytes()  # To the bit, -0.0 included.


def test_two_processes_have_the_same_bytes_whatever_their_memory_held(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Bytes that differ between messages which say the same are padding.
    names = ["a", "ab", "abc", "abcd", "abcde"]
    plain = JointLayout(names, 2, fields=3)
    values = np.ones((3, 2, 5))
    raw = plain.pack(1, *values)
    said = deserialize_message(raw, JointState)

    def dirty(message: JointState) -> bytes:
        result = bytearray(serialize_message(message))
        for i in range(4, len(result)):
            changed = bytearray(raw)
            changed[i] ^= 0xFF
            with suppress(Exception):  # A length that no longer fits.
                if deserialize_message(bytes(changed), JointState) == said:
                    result[i] = 0xAA
        assert result.count(0xAA) > 5
        return bytes(result)

    monkeypatch.setattr(ros_joint_bytes, "serialize_message", dirty)
    assert JointLayout(names, 2, fields=3).unpack(raw) is not None


def message(names: list[str], fields: int = 1, value: float = 0.5) -> JointState:
    result = JointState(name=names)
    for field in ("position", "velocity", "effort")[:fields]:
        setattr(result, field, [value] * len(names))
    return result


@pytest.mark.parametrize(
    "other",
    [
        message(["shoulder", "elbow"]),
        message(["elbow", "shoulder", "target_x"]),
        message(["shoulder", "elbow", "target_y"]),
        message(["shoulder", "elbow", "target_x"], fields=2),
        message(["shoulder", "elbow", "target_x"], value=np.nan),
        message(["shoulder", "elbow", "target_x"], value=np.inf),
        JointState(),
    ],
    ids=lambda m: f"{list(m.name)} {list(m.position)[:1]} {len(m.velocity)}",
)
def test_anything_else_takes_the_ordinary_way(other: JointState) -> None:
    layout = JointLayout(NAMES, 1, fields=1)
    assert layout.unpack(layout.pack(0, np.full((1, 3), 0.5))) is not None
    assert layout.unpack(bytes(serialize_message(other))) is None


@pytest.mark.parametrize("position", [1, 5, 20, 40])
def test_a_frame_or_a_cut_message_takes_the_ordinary_way(position: int) -> None:
    layout = JointLayout(NAMES, 1, fields=1)
    good = layout.pack(0, np.full((1, 3), 0.5))
    assert layout.unpack(good[:-position]) is None
    framed = message(list(NAMES))
    framed.header.frame_id = "world"
    assert layout.unpack(bytes(serialize_message(framed))) is None
