"""In real time the arm obeys what a client would send to ros2_control's controllers."""

import math
import time
from typing import Any

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64MultiArray
from trajectory_msgs.msg import JointTrajectory, JointTrajectoryPoint

from arm_sim.common.arrays import Floats
from arm_sim.ros.command_messages import COMMAND_INTERFACES
from arm_sim.ros.joint_messages import set_stamp, stamp_ns
from arm_sim.scene.loader import load_robot
from support.graph import Graph, Listener
from support.processes import Process, Start

ROBOT = load_robot()
NAMES = list(ROBOT.command_joints)
HOME = ROBOT.home[ROBOT.command_indices]
TRAJECTORY = COMMAND_INTERFACES["joint_trajectory"].topic
ARRAY = COMMAND_INTERFACES["position_array"].topic
S = 1_000_000_000


@pytest.fixture
def simulator(start: Start) -> Process:
    return start("sim_node", cameras="none", command_timeout=100.0, realtime_factor=3.0)


@pytest.fixture
def states(simulator: Process, graph: Graph) -> Listener:
    return graph.reader(JointState, "joint_states")


def turned(pan: float) -> Floats:
    """Home, with the first joint somewhere else."""
    positions = HOME.copy()
    positions[0] = pan
    return positions


def trajectory(start_ns: int, *points: tuple[float, float]) -> JointTrajectory:
    """Through these (seconds, first joint's position)."""
    message = JointTrajectory(joint_names=NAMES)
    set_stamp(message.header.stamp, start_ns)
    for seconds, pan in points:
        point = JointTrajectoryPoint(positions=turned(pan).tolist())
        sec, nanosec = divmod(round(seconds * S), S)
        point.time_from_start.sec, point.time_from_start.nanosec = sec, nanosec
        message.points.append(point)
    return message


def array(pan: float) -> Float64MultiArray:
    return Float64MultiArray(data=turned(pan).tolist())


def path(states: Listener, until_ns: int) -> tuple[Floats, Floats]:
    """Times (s) and positions of the first joint from now on."""
    times, positions = [], []
    while not times or times[-1] < until_ns:
        state = states.next()
        times.append(stamp_ns(state))
        positions.append(state.position[0])
    return np.array(times) / S, np.array(positions)


def arrives(states: Listener, pan: float) -> None:
    states.next(
        accept=lambda state: abs(state.position[0] - pan) < 0.01 and abs(state.velocity[0]) < 0.01
    )


def test_the_arm_is_at_each_point_of_a_trajectory_in_time(graph: Graph, states: Listener) -> None:
    graph.publish(TRAJECTORY, trajectory(0, (0.1, 0.0)))  # So that both sides know each other.
    start = stamp_ns(states.next()) + 2 * S
    graph.publish(TRAJECTORY, trajectory(start, (2.0, 0.4), (4.0, 0.0)))
    times, positions = path(states, until_ns=start + 5 * S)
    began = start / S
    expected = np.interp(times, [began, began + 2.0, began + 4.0], [0.0, 0.4, 0.0])
    assert len(times) > 50
    np.testing.assert_allclose(positions, expected, atol=0.04)  # The servo lags by some 0.1 s.
    assert abs(positions[times < began]).max() < 0.005
    assert abs(positions[-1]) < 0.005


def test_a_trajectory_from_the_past_is_joined_midway(graph: Graph, states: Listener) -> None:
    graph.publish(TRAJECTORY, trajectory(0, (0.1, 0.0)))
    states.next(accept=lambda state: stamp_ns(state) > 4 * S)
    start = stamp_ns(states.next()) - 3 * S
    graph.publish(TRAJECTORY, trajectory(start, (1.0, 9.0), (5.0, 1.0), (9.0, 0.6)))
    times, positions = path(states, until_ns=start + 9 * S)
    assert positions.max() > 0.9
    late = times > (start + 6 * S) / S
    expected = np.interp(times, np.array([start + 5 * S, start + 9 * S]) / S, [1.0, 0.6])
    np.testing.assert_allclose(positions[late], expected[late], atol=0.04)


def test_an_array_moves_the_arm(graph: Graph, states: Listener) -> None:
    graph.publish(ARRAY, array(0.3))
    arrives(states, 0.3)


def test_a_newer_command_on_any_interface_replaces_the_trajectory(
    graph: Graph, states: Listener
) -> None:
    joint_state = JointState(name=NAMES, position=turned(-0.2).tolist())
    for topic, message, pan in ((ARRAY, array(0.3), 0.3), ("joint_command", joint_state, -0.2)):
        graph.publish(TRAJECTORY, trajectory(0, (1.0, 0.8), (30.0, 1.0)))
        states.next(accept=lambda state: state.position[0] > 0.6)
        graph.publish(topic, message)
        arrives(states, pan)
        _, positions = path(states, until_ns=stamp_ns(states.next()) + S)
        np.testing.assert_allclose(positions, pan, atol=0.02)


def test_a_reset_ends_the_trajectory(graph: Graph, states: Listener) -> None:
    graph.publish(TRAJECTORY, trajectory(0, (1.0, 0.8), (30.0, 1.0)))
    states.next(accept=lambda state: state.position[0] > 0.6)
    graph.publish("joint_reset", JointState(name=NAMES[:1], position=[-0.5]))
    states.next(accept=lambda state: state.position[0] < -0.4)
    _, positions = path(states, until_ns=stamp_ns(states.next()) + S)
    np.testing.assert_allclose(positions, -0.5, atol=0.02)


def test_the_timeout_counts_from_the_trajectorys_end(start: Start, graph: Graph) -> None:
    simulator = start("sim_node", cameras="none", command_timeout=0.5, realtime_factor=3.0)
    states = graph.reader(JointState, "joint_states")
    graph.publish(TRAJECTORY, trajectory(0, (3.0, 0.6)))
    arrives(states, 0.6)  # Well after 0.5 s without a command.
    simulator.wait_for("No command: holding still.")


def spoiled(how: str) -> tuple[str, Any]:
    """A topic and a message on it that is to be refused."""
    message = trajectory(0, (0.5, 0.9), (1.0, 0.9))
    if how == "an array too short":
        return ARRAY, Float64MultiArray(data=[0.9] * (len(NAMES) - 1))
    if how == "an array with infinity":
        return ARRAY, array(math.inf)
    if how == "a missing joint":
        message.joint_names = NAMES[1:]
    elif how == "no points":
        message.points = []
    elif how == "times that fall":
        message.points.reverse()
    elif how == "NaN in the second point":
        message.points[1].positions[0] = math.nan
    elif how == "an end in the past":
        set_stamp(message.header.stamp, 1)
    return TRAJECTORY, message


BAD = {
    "a missing joint": f"{TRAJECTORY}: it misses shoulder_pan_joint (valid: shoulder_pan_joint, ",
    "no points": f"{TRAJECTORY}: it has no points (valid: one or more)",
    "times that fall": "times from the start do not rise (valid: 0 s or more",
    "NaN in the second point": f"{TRAJECTORY}: it is not finite for shoulder_pan_joint (valid: ",
    "an end in the past": "in the past: it is",
    "an array too short": f"{ARRAY}: it has 8 positions for 9 names (valid: shoulder_pan_joint, ",
    "an array with infinity": f"{ARRAY}: it is not finite for shoulder_pan_joint (valid: ",
}


def test_bad_messages_are_refused_and_the_last_good_command_stays(
    simulator: Process, graph: Graph, states: Listener
) -> None:
    graph.publish(TRAJECTORY, trajectory(0, (0.1, 0.0)))
    start = stamp_ns(states.next()) + S
    graph.publish(TRAJECTORY, trajectory(start, (100.0, 1.0)))
    states.next(accept=lambda state: state.position[0] > 0.001)
    for how, sentence in BAD.items():
        graph.publish(*spoiled(how))
        simulator.wait_for(sentence)
        time.sleep(1.1)  # Warnings are throttled to one a second.
    times, positions = path(states, until_ns=stamp_ns(states.next()) + S)
    np.testing.assert_allclose(positions, (times - start / S) / 100.0, atol=0.005)
    assert "Traceback" not in simulator.output


def test_in_lockstep_only_joint_command_is_served(start: Start, graph: Graph) -> None:
    start("sim_node", mode="lockstep", cameras="none")
    graph.reader(DiagnosticArray, "diagnostics").next()  # By now the whole node is known.
    count = graph.node.count_subscribers
    assert [count(topic) for topic in ("joint_command", TRAJECTORY, ARRAY)] == [1, 0, 0]
