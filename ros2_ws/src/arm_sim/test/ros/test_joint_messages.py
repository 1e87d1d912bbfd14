"""A message is taken whole or refused whole, with a sentence that names what is valid."""

import array
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sensor_msgs.msg import JointState

from arm_sim.robot.robot import Robot
from arm_sim.ros.joint_messages import (
    JointReader,
    JointWriter,
    RejectedMessage,
    command_reader,
    joint_names,
    set_stamp,
    stamp_ns,
)

NAMES = ["pan", "lift", "elbow"]
INF, NAN = math.inf, math.nan

finite = st.floats(allow_nan=False, allow_infinity=False)


@pytest.fixture
def reader() -> JointReader:
    return JointReader("joint_command", NAMES, 1)


@pytest.fixture
def two_arms() -> JointReader:
    return JointReader("joint_reset", NAMES, 2)


def message(names: list[str], positions: list[float], velocities: list[float] = []) -> JointState:  # noqa: B006
    return JointState(name=names, position=positions, velocity=velocities)


GOOD = message(["elbow", "pan", "lift"], [3.0, 1.0, 2.0], [0.3, 0.1, 0.2])

# What is wrong with any message, however many joints it may name; and what the sentence says.
BAD = {
    "an unknown joint": (["pan", "lift", "knee"], [1, 2, 3], [], "names unknown joints knee"),
    "many unknown joints": (
        *(list("abcdef"), [0] * 6, []),
        "names unknown joints a, b, c, d and 2 more",
    ),
    "another arm's joint": (["arm_0/pan"], [1], [], "names unknown joints arm_0/pan"),
    "a repeated joint": (["pan", "lift", "elbow", "pan"], [1, 2, 3, 4], [], "repeats pan"),
    "too few positions": (NAMES, [1, 2], [], "has 2 positions for 3 names"),
    "too many positions": (NAMES, [1, 2, 3, 4], [], "has 4 positions for 3 names"),
    "no positions": (NAMES, [], [1, 2, 3], "has 0 positions for 3 names"),
    "too few velocities": (NAMES, [1, 2, 3], [1, 2], "has 2 velocities for 3 names"),
    "too many velocities": (NAMES, [1, 2, 3], [1, 2, 3, 4], "has 4 velocities for 3 names"),
    "a position that is NaN": (NAMES, [1, NAN, 3], [], "is not finite for lift "),
    "an infinite position": (NAMES, [1, 2, -INF], [], "is not finite for elbow "),
    "a velocity that is NaN": (NAMES, [1, 2, 3], [NAN, 0, 0], "is not finite for pan "),
    "an infinite velocity": (NAMES, [1, 2, 3], [0, 0, INF], "is not finite for elbow "),
}
# What is wrong where every joint must be named.
INCOMPLETE = {
    "nothing": ([], [], [], "misses pan, lift, elbow"),
    "a missing joint": (["elbow", "pan"], [1, 2], [], "misses lift"),
    "values without names": ([], [1, 2, 3], [], "misses pan, lift, elbow"),
}
Case = tuple[list[str], list[float], list[float], str]


def cases(given_cases: dict[str, Case]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", given_cases.values(), ids=given_cases.keys())


@cases(BAD | INCOMPLETE)
def test_a_bad_message_is_refused_and_a_good_one_after_it_read(
    reader: JointReader, case: Case
) -> None:
    names, positions, velocities, sentence = case
    bad = message(names, list(map(float, positions)), list(map(float, velocities)))
    for _ in range(2):  # The second time the order of the names is known.
        with pytest.raises(RejectedMessage) as caught:
            reader.read_all(bad)
        assert sentence in str(caught.value)
        assert str(caught.value).startswith("Refused a message on joint_command: it ")
        assert str(caught.value).endswith("(valid: pan, lift, elbow).")
    found, speeds = reader.read_all(GOOD)
    np.testing.assert_array_equal(found, [[1.0, 2.0, 3.0]])
    np.testing.assert_array_equal(speeds, [[0.1, 0.2, 0.3]])


@cases(BAD)
def test_a_bad_message_is_refused_where_any_joints_may_be_named(
    reader: JointReader, case: Case
) -> None:
    names, positions, velocities, sentence = case
    with pytest.raises(RejectedMessage, match=sentence):
        reader.read_some(message(names, list(map(float, positions)), list(map(float, velocities))))
    mask, found, _ = reader.read_some(message(["lift"], [2.0]))
    np.testing.assert_array_equal(mask, [[False, True, False]])
    np.testing.assert_array_equal(found, [[0.0, 2.0, 0.0]])


@cases({name: case for name, case in (BAD | INCOMPLETE).items() if "unknown" not in case[3]})
def test_a_bad_message_is_refused_where_other_joints_may_be_named(
    reader: JointReader, case: Case
) -> None:
    names, positions, velocities, sentence = case
    with pytest.raises(RejectedMessage, match=sentence):
        reader.read_known(message(names, list(map(float, positions)), list(map(float, velocities))))
    np.testing.assert_array_equal(reader.read_known(GOOD)[0], [[1.0, 2.0, 3.0]])


def test_with_several_arms_the_sentence_says_how_names_begin(two_arms: JointReader) -> None:
    with pytest.raises(RejectedMessage) as caught:
        two_arms.read_all(GOOD)
    assert "unknown joints elbow, pan, lift" in str(caught.value)
    assert "(valid: arm_0/ to arm_1/ followed by each of pan, lift, elbow)." in str(caught.value)


def test_with_several_arms_half_of_them_is_not_enough(two_arms: JointReader) -> None:
    first = message([f"arm_0/{name}" for name in NAMES], [1.0, 2.0, 3.0])
    with pytest.raises(RejectedMessage, match="misses arm_1/pan, arm_1/lift, arm_1/elbow"):
        two_arms.read_all(first)
    mask, found, _ = two_arms.read_some(first)
    np.testing.assert_array_equal(mask, [[True] * 3, [False] * 3])
    np.testing.assert_array_equal(found, [[1.0, 2.0, 3.0], [0.0] * 3])


@given(data=st.data(), num_arms=st.integers(1, 4))
def test_names_are_read_right_in_any_order(data: st.DataObject, num_arms: int) -> None:
    reader = JointReader("joint_states", NAMES, num_arms)
    names = joint_names(NAMES, num_arms)
    for _ in range(2):
        order = data.draw(st.permutations(range(len(names))))
        values = data.draw(st.lists(finite, min_size=len(names), max_size=len(names)))
        speeds = data.draw(st.lists(finite, min_size=len(names), max_size=len(names)))
        given_message = message(
            [names[i] for i in order], [values[i] for i in order], [speeds[i] for i in order]
        )
        for read in (reader.read_all, reader.read_known):
            found = read(given_message)
            assert found[0].shape == found[1].shape == (num_arms, 3)
            assert found[0].tobytes() == np.array(values).tobytes()
            assert found[1].tobytes() == np.array(speeds).tobytes()


@given(data=st.data())
def test_some_names_are_read_right_in_any_order(data: st.DataObject) -> None:
    reader = JointReader("joint_reset", NAMES, 2)
    names = joint_names(NAMES, 2)
    chosen = data.draw(st.lists(st.sampled_from(range(6)), unique=True))
    values = data.draw(st.lists(finite, min_size=6, max_size=6))
    mask, found, speeds = reader.read_some(
        message([names[i] for i in chosen], [values[i] for i in chosen])
    )
    for i in range(6):
        assert mask.flat[i] == (i in chosen)
        assert found.flat[i] == (values[i] if i in chosen else 0.0)
    assert not speeds.any()


@given(data=st.data())
def test_other_joints_are_ignored_where_a_driver_may_name_them(data: st.DataObject) -> None:
    reader = JointReader("joint_states", NAMES, 1)
    names = data.draw(st.permutations([*NAMES, "torso", "head", "head"]))
    # What is not read need not be finite.
    values = {"pan": 1.0, "lift": 2.0, "elbow": 3.0, "torso": NAN, "head": INF}
    positions = [values[name] for name in names]
    with_speeds = data.draw(st.booleans())
    speeds = [value / 10 for value in positions] if with_speeds else []
    found = reader.read_known(message(list(names), positions, speeds))
    np.testing.assert_array_equal(found[0], [[1.0, 2.0, 3.0]])
    np.testing.assert_array_equal(found[1], [[0.1, 0.2, 3.0 / 10]] if with_speeds else [[0.0] * 3])


def test_without_velocities_they_are_zero(reader: JointReader) -> None:
    for read in (reader.read_all, reader.read_known):
        _, speeds = read(message(NAMES, [1.0, 2.0, 3.0]))
        np.testing.assert_array_equal(speeds, [[0.0, 0.0, 0.0]])


@pytest.mark.parametrize("field", ["position", "velocity"])
def test_lengths_that_differ_are_refused_among_other_joints_too(
    reader: JointReader, field: str
) -> None:
    # Three values for four names: whose they are, nobody knows.
    names, three, four = ["torso", *NAMES], [1.0, 2.0, 3.0], [9.0, 1.0, 2.0, 3.0]
    bad = message(names, three) if field == "position" else message(names, four, three)
    with pytest.raises(RejectedMessage, match=f"has 3 {field[:-1]}.* for 4 names"):
        reader.read_known(bad)


def test_what_was_read_is_the_readers_own(reader: JointReader) -> None:
    first = message(NAMES, [1.0, 2.0, 3.0])
    found, _ = reader.read_all(first)
    first.position[0] = 9.0
    reader.read_all(message(NAMES, [4.0, 5.0, 6.0]))
    np.testing.assert_array_equal(found, [[1.0, 2.0, 3.0]])


def test_a_message_filled_anew_in_another_order_is_read_right(reader: JointReader) -> None:
    reused = message(["pan", "lift", "elbow"], [1.0, 2.0, 3.0])
    reader.read_all(reused)
    reused.name[:] = ["elbow", "lift", "pan"]
    found, _ = reader.read_all(reused)
    np.testing.assert_array_equal(found, [[3.0, 2.0, 1.0]])


@given(
    values=st.lists(finite, min_size=6, max_size=6),
    speeds=st.lists(finite, min_size=6, max_size=6),
    efforts=st.lists(st.floats(), min_size=6, max_size=6),
)
def test_what_is_written_is_read_back_to_the_bit(
    values: list[float], speeds: list[float], efforts: list[float]
) -> None:
    positions, velocities = np.reshape(values, (2, 3)), np.reshape(speeds, (2, 3))
    written = JointWriter(NAMES, 2).write(7, positions, velocities, np.reshape(efforts, (2, 3)))
    found = JointReader("joint_states", NAMES, 2).read_all(written)
    assert found[0].tobytes() == positions.tobytes()
    assert found[1].tobytes() == velocities.tobytes()
    assert written.effort.tobytes() == np.array(efforts).tobytes()


@pytest.mark.parametrize("value", [-0.0, 5e-324, -2.5e-310, 1.7976931348623157e308, 0.1 + 0.2])
def test_odd_numbers_are_read_back_to_the_bit(value: float) -> None:
    positions = np.full((1, 3), value)
    found, speeds = JointReader("t", NAMES, 1).read_all(
        JointWriter(NAMES, 1).write(0, positions, positions)
    )
    assert found.tobytes() == speeds.tobytes() == positions.tobytes()


def test_columns_of_a_larger_array_are_written_in_order() -> None:
    table = np.arange(12.0).reshape(2, 6)
    written = JointWriter(NAMES, 2).write(0, table[:, ::2])
    assert written.position == array.array("d", [0, 2, 4, 6, 8, 10])
    assert written.name == [*(f"arm_0/{n}" for n in NAMES), *(f"arm_1/{n}" for n in NAMES)]


def test_a_writer_writes_every_field_anew() -> None:
    writer = JointWriter(NAMES, 1)
    ones = np.ones((1, 3))
    writer.write(1, ones, ones, ones)
    written = writer.write(2_000_000_003, 2 * ones)
    assert written.name == NAMES
    assert written.position.tolist() == [2.0, 2.0, 2.0]
    assert len(written.velocity) == len(written.effort) == 0
    assert (written.header.stamp.sec, written.header.stamp.nanosec) == (2, 3)


@given(time_ns=st.integers(0, (2**31 - 1) * 10**9 + 999_999_999))
def test_stamps_are_exact(time_ns: int) -> None:
    stamped = JointState()
    set_stamp(stamped.header.stamp, time_ns)
    assert stamp_ns(stamped) == time_ns


def test_commands_name_the_arm_and_then_the_gripper(robot: Robot) -> None:
    commands = np.arange(18.0).reshape(2, 9)
    written = JointWriter(robot.command_joints, 2).write(0, commands)
    assert written.name == [f"arm_{arm}/{name}" for arm in (0, 1) for name in robot.command_joints]
    found, _ = command_reader(robot, 2).read_all(written)
    np.testing.assert_array_equal(found, commands)
    with pytest.raises(RejectedMessage, match="on joint_command"):
        command_reader(robot, 1).read_all(written)
