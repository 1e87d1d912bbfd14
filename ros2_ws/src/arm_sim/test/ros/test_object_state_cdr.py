"""Messages about objects that are serialized here are those that rclpy would have serialized."""

import numpy as np
import pytest
from geometry_msgs.msg import Transform, Twist
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from rclpy.serialization import deserialize_message, serialize_message
from sensor_msgs.msg import MultiDOFJointState

from arm_sim.common.arrays import Floats
from arm_sim.ros.joint_messages import joint_names, set_stamp
from arm_sim.ros.object_state_cdr import ObjectPlacementLayout, ObjectStateLayout

NAMES = ("cube", "can", "spoon")  # Also lengths of names that need padding.
ARMS = (1, 16)
stamps = st.integers(0, 2**31 * 10**9 - 1)


def numbers(*shape: int) -> st.SearchStrategy[Floats]:
    return arrays(np.float64, shape, elements=st.floats(allow_nan=False, allow_infinity=False))


def written(time_ns: int, names: list[str], poses: Floats, twists: Floats) -> MultiDOFJointState:
    """The message, as one writes it in Python: poses (K, 7), twists (K, 6) or none."""
    message = MultiDOFJointState(joint_names=names)
    set_stamp(message.header.stamp, time_ns)
    for row in poses.tolist():
        transform = Transform()
        place, turn = transform.translation, transform.rotation
        place.x, place.y, place.z, turn.x, turn.y, turn.z, turn.w = row
        message.transforms.append(transform)
    for row in twists.tolist():
        twist = Twist()
        ahead, about = twist.linear, twist.angular
        ahead.x, ahead.y, ahead.z, about.x, about.y, about.z = row
        message.twist.append(twist)
    return message


State = tuple[Floats, Floats, Floats]


def states(arms: int, objects: int = len(NAMES)) -> st.SearchStrategy[State]:
    """Poses, velocities and goals of that many arms."""
    shapes = ((arms, objects, 7), (arms, objects, 6), (arms, 3))
    return st.tuples(*(numbers(*shape) for shape in shapes))


def expected(time_ns: int, arms: int, state: State, names: tuple[str, ...]) -> MultiDOFJointState:
    poses, velocities, goals = state
    upright = np.tile([0.0, 0.0, 0.0, 1.0], (arms, 1))
    all_poses = np.concatenate([poses, np.concatenate([goals, upright], 1)[:, None]], axis=1)
    all_twists = np.concatenate([velocities, np.zeros((arms, 1, 6))], axis=1)
    return written(
        time_ns,
        joint_names([*names, "target"], arms),
        all_poses.reshape(-1, 7),
        all_twists.reshape(-1, 6),
    )


@pytest.mark.parametrize("arms", ARMS)
@pytest.mark.parametrize("names", [NAMES, ()], ids=["objects", "the goal alone"])
@settings(max_examples=30)
@given(data=st.data(), time_ns=stamps)
def test_what_is_packed_is_what_rclpy_would_have_serialized(
    arms: int, names: tuple[str, ...], data: st.DataObject, time_ns: int
) -> None:
    state = data.draw(states(arms, len(names)))
    raw = ObjectStateLayout(names, arms).pack(time_ns, *state)
    assert deserialize_message(raw, MultiDOFJointState) == expected(time_ns, arms, state, names)


@pytest.mark.parametrize("arms", ARMS)
@settings(max_examples=30)
@given(data=st.data(), time_ns=stamps)
def test_what_is_unpacked_is_what_was_packed(arms: int, data: st.DataObject, time_ns: int) -> None:
    layout, state = ObjectStateLayout(NAMES, arms), data.draw(states(arms))
    stamp, *found = layout.unpack(layout.pack(time_ns, *state))
    assert stamp == time_ns
    for given_values, values in zip(state, found, strict=True):
        assert values.tobytes() == given_values.tobytes()  # -0.0 included.
        assert values.flags.c_contiguous  # As the simulation's own: sums depend on the layout.


@pytest.mark.parametrize("arms", ARMS)
@settings(max_examples=30)
@given(data=st.data(), time_ns=stamps)
def test_a_placement_is_what_rclpy_would_have_serialized(
    arms: int, data: st.DataObject, time_ns: int
) -> None:
    placed = sorted(data.draw(st.sets(st.integers(0, arms - 1), min_size=1)))
    names = data.draw(st.sampled_from([("target",), (*NAMES, "target")]))
    poses = data.draw(numbers(len(placed), len(names), 7))
    raw = ObjectPlacementLayout(names, arms).pack(time_ns, np.array(placed), poses)
    prefixes = [f"arm_{arm}/" for arm in placed] if arms > 1 else [""]
    all_names = [prefix + name for prefix in prefixes for name in names]
    wanted = written(time_ns, all_names, poses.reshape(-1, 7), np.empty((0, 6)))
    assert deserialize_message(raw, MultiDOFJointState) == wanted


def still(arms: int = 2) -> State:
    return np.full((arms, 3, 7), 0.5), np.zeros((arms, 3, 6)), np.ones((arms, 3))


def test_what_was_packed_does_not_change_with_the_next(layout: ObjectStateLayout) -> None:
    first = layout.pack(5, *still())
    kept = bytes(bytearray(first))
    stamp, poses, *_ = layout.unpack(first)
    layout.pack(6, *(values + 1.0 for values in still()))
    assert first == kept and stamp == 5 and (poses == 0.5).all()


@pytest.fixture
def layout() -> ObjectStateLayout:
    return ObjectStateLayout(NAMES, 2)


def renamed(message: MultiDOFJointState) -> None:
    message.joint_names[1] = "arm_0/cup"


def reordered(message: MultiDOFJointState) -> None:
    message.joint_names[:2] = message.joint_names[1::-1]


def framed(message: MultiDOFJointState) -> None:
    message.header.frame_id = "base_link"


def without_twists(message: MultiDOFJointState) -> None:
    message.twist = []


def not_finite(message: MultiDOFJointState) -> None:
    message.transforms[3].translation.z = float("nan")


def not_finite_twist(message: MultiDOFJointState) -> None:
    message.twist[3].angular.z = float("inf")


CHANGES = [renamed, reordered, framed, without_twists, not_finite, not_finite_twist]


@pytest.mark.parametrize("change", CHANGES)
def test_anything_else_takes_the_ordinary_way(layout: ObjectStateLayout, change: object) -> None:
    message = deserialize_message(layout.pack(0, *still()), MultiDOFJointState)
    change(message)
    assert layout.unpack(bytes(serialize_message(message))) is None


def test_a_message_that_is_cut_or_longer_takes_the_ordinary_way(layout: ObjectStateLayout) -> None:
    raw = layout.pack(0, *still())
    assert layout.unpack(raw) is not None
    for other in (raw[:-1], raw + b"\0", raw[:12], b""):
        assert layout.unpack(other) is None
