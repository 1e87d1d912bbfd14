"""The messages of lockstep: each accepted message moves time by one control period.

All tests share a simulator without cameras, and begin with the state that the last one has left.
"""

import math

import numpy as np
import pytest
from geometry_msgs.msg import PointStamped
from sensor_msgs.msg import JointState, MultiDOFJointState

from arm_sim.ros.joint_messages import stamp_ns
from support.built_in_arm import ROBOT
from support.graph import Graph, Listener
from support.lockstep import PERIOD_NS, home_command, last_state, reset_to
from support.messages import place_of, placed, stamped
from support.ros_system import RosSystem


@pytest.fixture(scope="module")
def states(shared_system: RosSystem) -> Listener:
    """The states of the simulator, which has found this node."""
    shared_system.start("sim_node", mode="lockstep", cameras="none")
    listener = shared_system.graph.reader(JointState, "joint_states")
    last_state(shared_system.graph, listener)
    return listener


@pytest.fixture
def graph(shared_system: RosSystem) -> Graph:
    return shared_system.graph


@pytest.fixture
def last(graph: Graph, states: Listener) -> JointState:
    """The last state, which commands and resets have to answer."""
    found = last_state(graph, states)
    # On a busy machine it is asked for more than once, and each request is answered.
    while states.next_or_none(0.2) is not None:
        pass
    return found


def spoilt(message: JointState, how: str) -> JointState:
    names, positions = list(message.name), list(message.position)
    if how == "an unknown joint":
        names[2] = "elbow"
    elif how == "a missing joint":
        names, positions = names[1:], positions[1:]
    elif how == "a repeated joint":
        names[1] = names[0]
    elif how == "too few positions":
        positions = positions[:-1]
    elif how == "too many velocities":
        message.velocity = [0.0] * (len(names) + 1)
    elif how == "NaN":
        positions[3] = math.nan
    elif how == "infinity":
        positions[3] = math.inf
    message.name, message.position = names, positions
    return message


BAD = (
    "an unknown joint",
    "a missing joint",
    "a repeated joint",
    "too few positions",
    "too many velocities",
    "NaN",
    "infinity",
)


@pytest.mark.parametrize("how", BAD)
def test_a_bad_command_moves_nothing_in_lockstep(
    graph: Graph, states: Listener, last: JointState, how: str
) -> None:
    graph.publish("joint_command", spoilt(home_command(last), how))
    assert states.next_or_none(0.4) is None
    graph.publish("joint_command", home_command(last))
    assert stamp_ns(states.next()) == stamp_ns(last) + PERIOD_NS


def test_only_the_last_stamp_or_a_resend_is_answered(
    graph: Graph, states: Listener, last: JointState
) -> None:
    command = home_command(last)
    graph.publish("joint_command", command)
    first = states.next()
    assert stamp_ns(first) == stamp_ns(last) + PERIOD_NS
    graph.publish("joint_command", command)  # Again: the same state, and nothing moved.
    again = states.next()
    assert stamp_ns(again) == stamp_ns(first)
    assert again.position == first.position
    graph.publish("joint_command", stamped(command, stamp_ns(first) + 7_000_000_000))
    assert states.next_or_none(0.4) is None


def test_a_reset_moves_what_it_names_and_nothing_else(
    graph: Graph, states: Listener, last: JointState
) -> None:
    given = {"shoulder_pan_joint": 0.7, "elbow_flex_joint": 1.2}
    graph.publish("joint_reset", reset_to(last, **given))
    state = states.next()
    assert stamp_ns(state) == stamp_ns(last) + PERIOD_NS
    expected = np.array(last.position)
    for name, position in given.items():
        expected[ROBOT.joint_names.index(name)] = position
    assert np.array_equal(state.position, expected)
    assert list(state.name) == list(ROBOT.joint_names)


def test_in_lockstep_only_object_reset_moves_the_target(
    graph: Graph, states: Listener, last: JointState
) -> None:
    objects = graph.reader(MultiDOFJointState, "object_states")
    before = place_of(last_state(graph, objects))
    graph.publish("clicked_point", PointStamped())
    graph.publish("joint_command", home_command(last))
    shown = objects.next(accept=lambda message: stamp_ns(message) == stamp_ns(last) + PERIOD_NS)
    assert place_of(shown) == before
    graph.publish("object_reset", placed({"target": (0.6, 0.1, 0.9)}, stamp_ns(shown)))
    shown = objects.next(accept=lambda message: stamp_ns(message) > stamp_ns(shown))
    assert stamp_ns(shown) == stamp_ns(last) + 2 * PERIOD_NS
    assert place_of(shown) == [0.6, 0.1, 0.9]
