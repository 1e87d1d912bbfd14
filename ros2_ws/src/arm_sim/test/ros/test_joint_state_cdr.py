import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from rclpy.serialization import deserialize_message, serialize_message
from sensor_msgs.msg import JointState

from arm_sim.ros.joint_messages import JointWriter, joint_names, stamp_ns
from arm_sim.ros.joint_state_cdr import JointLayout, SomeArmsLayout

NAMES = ("shoulder", "elbow", "wrist")
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


@given(
    values=fields,
    time_ns=st.integers(0, 2**31 * 10**9 - 1),
    arms=st.sets(st.integers(0, 2), min_size=1),
)
def test_some_arms_are_packed_as_rclpy_would_have_and_unpacked_again(
    values: np.ndarray, time_ns: int, arms: set[int]
) -> None:
    positions = values.reshape(-1, 3)[: len(arms)]
    layout = SomeArmsLayout(NAMES, 3)
    raw = layout.pack(time_ns, np.array(sorted(arms)), positions)
    read = deserialize_message(raw, JointState)
    assert list(read.name) == [f"arm_{arm}/{name}" for arm in sorted(arms) for name in NAMES]
    assert np.array(read.position).tobytes() == positions.tobytes()
    assert stamp_ns(read) == time_ns and not len(read.velocity) and not len(read.effort)
    stamp, unpacked_arms, unpacked = layout.unpack(raw)
    assert stamp == time_ns and unpacked_arms.tolist() == sorted(arms)
    assert unpacked.tobytes() == positions.tobytes()


@pytest.mark.parametrize("position", range(0, 180, 3))
def test_some_arms_with_a_flaw_take_the_ordinary_way(position: int) -> None:
    layout = SomeArmsLayout(NAMES, 3)
    good = layout.pack(0, np.array([0, 2]), np.full((2, 3), 0.5))
    assert layout.unpack(good[:-1]) is None and layout.unpack(good + b"\0") is None
    assert layout.unpack(good[:position]) is None
    flawed = bytearray(good)
    flawed[position] ^= 0xFF
    said = layout.unpack(bytes(flawed))
    stamp, numbers = range(4, 12), range(good.index(struct.pack("<d", 0.5)), len(good) - 8)
    assert (said is None) != (position in stamp or position in numbers)


def test_some_arms_that_rclpy_has_written_or_that_are_none_take_the_ordinary_way() -> None:
    layout = SomeArmsLayout(NAMES, 3)
    for other in (JointState(), message(["arm_0/elbow"]), message(list(NAMES))):
        assert layout.unpack(bytes(serialize_message(other))) is None
    bad = np.full((1, 3), np.nan)
    assert layout.unpack(layout.pack(0, np.array([1]), bad)) is None


def message(names: list[str], fields: int = 1, value: float = 0.5) -> JointState:
    result = JointState(name=names)
    for field in ("position", "velocity", "effort")[:fields]:
        setattr(result, field, [value] * len(names))
    return result


@pytest.mark.parametrize(
    "other",
    [
        message(["shoulder", "elbow"]),
        message(["elbow", "shoulder", "wrist"]),
        message(["shoulder", "elbow", "target_y"]),
        message(["shoulder", "elbow", "wrist"], fields=2),
        message(["shoulder", "elbow", "wrist"], value=np.nan),
        message(["shoulder", "elbow", "wrist"], value=np.inf),
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
