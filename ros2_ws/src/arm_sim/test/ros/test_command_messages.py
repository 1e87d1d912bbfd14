"""Commands as ros2_control has them: written for it, and taken whole or refused whole."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from rclpy.serialization import deserialize_message, serialize_message
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64MultiArray
from trajectory_msgs.msg import JointTrajectory, JointTrajectoryPoint

from arm_sim.ros.command_messages import (
    COMMAND_INTERFACES,
    ArrayReader,
    CommandWriter,
    TrajectoryReader,
)
from arm_sim.ros.joint_messages import JointReader, RejectedMessage

NAMES = ["pan", "lift", "elbow"]
TIME = 3_000_000_007
POSITIONS = np.array([0.1, -0.2, 0.1 + 0.2])


def over_the_wire(interface: str) -> object:
    kind = COMMAND_INTERFACES[interface].message_type
    written = CommandWriter(interface, NAMES, 0.05).write(TIME, POSITIONS)
    assert isinstance(written, kind)
    return deserialize_message(serialize_message(written), kind)


def point(seconds: float, positions: list[float], velocities: list[float] = []) -> object:  # noqa: B006
    found = JointTrajectoryPoint(positions=positions, velocities=velocities)
    sec, nanosec = divmod(round(seconds * 1e9), 10**9)
    found.time_from_start.sec, found.time_from_start.nanosec = sec, nanosec
    return found


def good() -> JointTrajectory:
    return JointTrajectory(
        joint_names=["elbow", "pan", "lift"],
        points=[point(0.5, [3.0, 1.0, 2.0]), point(1.5, [6.0, 4.0, 5.0], [0.0, 0.0, 0.0])],
    )


def test_the_interfaces_are_those_of_ros2_control_and_our_own() -> None:
    assert {name: tuple(interface) for name, interface in COMMAND_INTERFACES.items()} == {
        "joint_command": (JointState, "joint_command"),
        "joint_trajectory": (JointTrajectory, "joint_trajectory_controller/joint_trajectory"),
        "position_array": (Float64MultiArray, "forward_position_controller/commands"),
    }


def test_a_joint_state_is_written_with_its_stamp() -> None:
    message = over_the_wire("joint_command")
    assert (message.header.stamp.sec, message.header.stamp.nanosec) == (3, 7)
    found, _ = JointReader("joint_command", NAMES, 1).read_all(message)
    assert found.tobytes() == POSITIONS.tobytes()


def test_a_trajectory_is_written_to_start_now_and_arrive_a_period_later() -> None:
    message = over_the_wire("joint_trajectory")
    assert (message.header.stamp.sec, message.header.stamp.nanosec) == (0, 0)
    offsets, points = TrajectoryReader(NAMES, 1).read(message)
    assert offsets.tolist() == [50_000_000]
    assert points.tobytes() == POSITIONS.tobytes()


def test_an_array_is_written_in_the_order_of_the_names() -> None:
    message = over_the_wire("position_array")
    assert list(message.data) == POSITIONS.tolist()
    assert ArrayReader(NAMES, 1).read(message).tobytes() == POSITIONS.tobytes()


@pytest.mark.parametrize("interface", COMMAND_INTERFACES)
def test_a_writer_writes_again(interface: str) -> None:
    writer = CommandWriter(interface, NAMES, 0.05)
    writer.write(1, POSITIONS)
    # As messages: in the bytes, rclpy leaves padding as it finds it.
    assert writer.write(TIME, -POSITIONS) == CommandWriter(interface, NAMES, 0.05).write(
        TIME, -POSITIONS
    )


def test_a_trajectory_may_name_its_joints_in_any_order() -> None:
    offsets, points = TrajectoryReader(NAMES, 1).read(good())
    assert offsets.tolist() == [500_000_000, 1_500_000_000]
    np.testing.assert_array_equal(points, [[[1.0, 2.0, 3.0]], [[4.0, 5.0, 6.0]]])


def test_a_trajectory_of_many_arms_has_prefixed_names() -> None:
    names = [f"arm_{arm}/{name}" for arm in (1, 0) for name in NAMES]
    message = JointTrajectory(joint_names=names, points=[point(0.0, [4, 5, 6, 1, 2, 3])])
    _, points = TrajectoryReader(NAMES, 2).read(message)
    np.testing.assert_array_equal(points, [[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]])
    with pytest.raises(RejectedMessage, match="unknown joints elbow, pan, lift"):
        TrajectoryReader(NAMES, 2).read(good())


def test_an_array_of_many_arms_goes_arm_by_arm() -> None:
    found = ArrayReader(NAMES, 2).read(Float64MultiArray(data=[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]))
    np.testing.assert_array_equal(found, [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    with pytest.raises(RejectedMessage, match="has 3 positions for 6 names"):
        ArrayReader(NAMES, 2).read(Float64MultiArray(data=[1.0, 2.0, 3.0]))


def spoiled(change: Callable[[JointTrajectory], object]) -> JointTrajectory:
    message = good()
    change(message)
    return message


JOINTS = "(valid: pan, lift, elbow)."
TIMES = "(valid: 0 s or more, each later than the one before)."


def with_names(*given: str) -> Callable[[JointTrajectory], object]:
    return lambda message: setattr(message, "joint_names", list(given))


def with_points(*given: object) -> Callable[[JointTrajectory], object]:
    return lambda message: setattr(message, "points", list(given))


@pytest.mark.parametrize(
    ("change", "says", "valid"),
    [
        (with_names("elbow", "pan", "knee"), "names unknown joints knee", JOINTS),
        (with_names("elbow", "pan", "pan"), "repeats pan", JOINTS),
        (with_names("elbow", "pan"), "misses lift", JOINTS),
        (with_names(), "misses pan, lift, elbow", JOINTS),
        (with_points(), "has no points", "(valid: one or more)."),
        (with_points(point(1, [1, 2])), "has 2 positions for 3 names", JOINTS),
        (with_points(point(1, [])), "has 0 positions for 3 names", JOINTS),
        (with_points(point(1, [1, 2, 3]), point(2, [1, 2, 3, 4])), "has 4 positions for 3", JOINTS),
        (with_points(point(1, [1, 2, 3], [1])), "has 1 velocities for 3 names", JOINTS),
        (
            with_points(point(1, [1, 2, 3]), point(2, [1, math.nan, 3])),
            "is not finite for pan",
            JOINTS,
        ),
        (with_points(point(1, [math.inf, 2, 3])), "is not finite for elbow", JOINTS),
        (with_points(point(1, [1, 2, 3], [0, 0, -math.inf])), "is not finite for lift", JOINTS),
        (with_points(point(-0.1, [1, 2, 3])), "times from the start do not rise", TIMES),
        (
            with_points(point(1, [1, 2, 3]), point(1, [1, 2, 3])),
            "times from the start do not",
            TIMES,
        ),
        (
            with_points(point(2, [1, 2, 3]), point(1, [1, 2, 3])),
            "times from the start do not",
            TIMES,
        ),
    ],
)
def test_a_bad_trajectory_is_refused_and_a_good_one_after_it_read(
    change: Callable[[JointTrajectory], object], says: str, valid: str
) -> None:
    reader = TrajectoryReader(NAMES, 1)
    with pytest.raises(RejectedMessage) as caught:
        reader.read(spoiled(change))
    sentence = str(caught.value)
    assert sentence.startswith(
        "Refused a message on joint_trajectory_controller/joint_trajectory: it"
    )
    assert says in sentence
    assert sentence.endswith(valid)
    reader.read(good())


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ([], "has 0 positions for 3 names"),
        ([1.0, 2.0], "has 2 positions for 3 names"),
        ([1.0, 2.0, 3.0, 4.0], "has 4 positions for 3 names"),
        ([1.0, math.nan, 3.0], "is not finite for lift"),
        ([-math.inf, 2.0, 3.0], "is not finite for pan"),
    ],
)
def test_a_bad_array_is_refused(data: list[float], says: str) -> None:
    with pytest.raises(RejectedMessage) as caught:
        ArrayReader(NAMES, 1).read(Float64MultiArray(data=data))
    sentence = str(caught.value)
    assert sentence.startswith("Refused a message on forward_position_controller/commands: it")
    assert says in sentence
    assert sentence.endswith(JOINTS)
