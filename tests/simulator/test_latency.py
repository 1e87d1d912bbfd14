"""Observations come late and commands apply late by what was asked for, in simulated time."""

import time

import pytest
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import Image, JointState
from std_msgs.msg import Float64MultiArray

from arm_sim.ros.command_messages import COMMAND_INTERFACES
from arm_sim.ros.joint_messages import stamp_ns
from arm_sim.scene.loader import load_robot
from support.graph import Graph
from support.processes import Start

MS = 1_000_000
ARRAY = COMMAND_INTERFACES["position_array"].topic


@pytest.mark.timing
@pytest.mark.parametrize("delay", [0.0, 0.1])
def test_states_and_images_are_older_than_the_clock(
    start: Start, graph: Graph, delay: float
) -> None:
    # Slowly, so that a state and the clock published with it can be told from the next.
    start(
        "sim_node",
        observation_delay=delay,
        state_rate=20.0,
        camera_rate=20.0,
        realtime_factor=0.4,
        cameras="top_camera",
        image_width=32,
        image_height=32,
    )
    clock = graph.reader(Clock, "clock")
    late = {
        "states": graph.reader(JointState, "joint_states"),
        "images": graph.reader(Image, "top_camera/image_raw"),
    }
    for name, listener in late.items():
        listener.next(timeout=20.0)
        differences = []
        for _ in range(5):
            clock.drain()
            message = listener.next()
            time.sleep(0.02)
            listener.drain()
            now = clock.next().clock
            differences.append(now.sec * 10**9 + now.nanosec - stamp_ns(message))
        # The median: a machine that is busy elsewhere may let a period go by now and then.
        assert sorted(differences)[2] == round(delay * 1e9), (name, differences)


def test_commands_apply_later(start: Start, graph: Graph) -> None:
    start("sim_node", cameras="none", command_delay=0.6, command_jitter=0.2)
    states = graph.reader(JointState, "joint_states")
    robot = load_robot()
    positions = robot.home[robot.command_indices]
    graph.publish(ARRAY, Float64MultiArray(data=positions.tolist()))
    states.drain()
    sent = stamp_ns(states.next())
    positions[0] += 1.0
    graph.publish(ARRAY, Float64MultiArray(data=positions.tolist()))
    moved = stamp_ns(states.next(accept=lambda state: abs(state.velocity[0]) > 0.02))
    assert 600 * MS <= moved - sent < 1200 * MS


def test_states_with_jitter_keep_their_order(start: Start, graph: Graph) -> None:
    start("sim_node", cameras="none", observation_jitter=0.2)
    states = graph.reader(JointState, "joint_states")
    stamps = [stamp_ns(states.next()) for _ in range(100)]
    assert stamps == sorted(set(stamps))
