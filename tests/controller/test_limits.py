"""The deployed controller on a mock arm keeps its limits, whatever the arm's states look like.

All tests share one controller and one mock arm.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from sensor_msgs.msg import JointState

from support.built_in_arm import FULL_STEP, LARGEST_CHANGE, LEFT, PAN, RIGHT, ROBOT
from support.command_record import CommandRecord, assert_within_limits, last_change
from support.controller_client import ControllerDiagnostics
from support.graph import Graph, wait_until
from support.messages import stamped
from support.mock_arm import Distort, MockArm, unspoilt
from support.periodic import running
from support.processes import Process
from support.ros_system import RosSystem

pytestmark = pytest.mark.timing
ELBOW = 3


class World(NamedTuple):
    """The controller that commands the mock arm, and a record of its commands."""

    graph: Graph
    arm: MockArm
    record: CommandRecord
    controller: Process


@pytest.fixture(scope="module")
def world(bundle: Path, shared_system: RosSystem) -> Iterator[World]:
    graph = shared_system.graph
    record = CommandRecord(graph)
    with running(MockArm(graph)) as arm:
        controller = shared_system.start("controller_node", policy=bundle)
        controller.wait_for("Commanding")
        yield World(graph, arm, record, controller)
        assert "Traceback" not in controller.output


@pytest.fixture
def moving(world: World) -> World:
    """The arm on its way to the other side."""
    world.arm.distort = unspoilt
    world.arm.aim(RIGHT if world.arm.positions[PAN] > 0 else LEFT)
    began = world.arm.positions[PAN]
    wait_until(lambda: abs(world.arm.positions[PAN] - began) > 0.2)
    world.record.forget()
    world.record.waits_for_more(4)
    return world


def test_it_keeps_limits_when_the_arm_does_not_follow(moving: World) -> None:
    _, arm, record, controller = moving
    said = len(controller.output)
    stuck = arm.positions[PAN]

    def hold_pan(state: JointState) -> JointState:
        state.position[PAN], state.velocity[PAN] = stuck, 0.0
        return state

    arm.distort = hold_pan
    record.waits_for_more(40)
    times, targets = record.read()
    assert_within_limits(times, targets)
    # As far ahead as a lagging servo explains, and the way that braking there takes.
    assert np.abs(targets[:, PAN] - stuck).max() < 0.3 * ROBOT.velocity_limits[PAN] + FULL_STEP[PAN]
    assert "Holding still" not in controller.output[said:]
    arm.put(PAN, stuck)  # So that it was true.


def after(count: int, distort: Distort) -> Distort:
    """Spoils one state, after `count` good ones."""
    left = [count]

    def once(state: JointState) -> JointState | None:
        left[0] -= 1
        return distort(state) if left[0] == 0 else state

    return once


def shifted(state: JointState, joint: int, by: float) -> JointState:
    state.position[joint] += by
    return state


def late(state: JointState, seconds: float) -> JointState:
    return stamped(state, time.time_ns() - int(seconds * 1e9))


@pytest.mark.parametrize(
    ("distort", "why"),
    [
        (lambda state: shifted(state, 1, 0.5), "a joint moved by 0."),
        (lambda state: late(state, 0.08), "before the last"),
        (lambda state: late(state, 10.0), "s in the past"),
        (lambda state: late(state, -10.0), "s in the future"),
    ],
    ids=["a jump", "a little late", "from the past", "from the future"],
)
def test_a_single_outlier_is_passed_over(moving: World, distort: Distort, why: str) -> None:
    _, arm, record, controller = moving
    said = len(controller.output)
    arm.distort = after(5, distort)
    record.waits_for_more(25)  # Warnings are throttled to one a second.
    assert_within_limits(*record.read())
    assert "Ignored a joint state: " in controller.output[said:]
    assert why in controller.output[said:]
    assert "Holding still" not in controller.output[said:]


def test_it_begins_anew_where_an_arm_was_moved_to(moving: World) -> None:
    _, arm, record, _ = moving
    there = arm.positions[ELBOW] - 0.6
    moved_at = time.time()
    arm.distort = lambda state: shifted(state, ELBOW, -0.6)
    record.waits_for_more(5)
    times, targets = record.read()
    begins = np.flatnonzero(np.abs(targets[:, ELBOW] - there) < 0.2)[0]
    assert times[begins] - moved_at < 0.2
    assert np.abs(targets[begins, ELBOW] - there) <= LARGEST_CHANGE[ELBOW] + 1e-6
    assert_within_limits(times[:begins], targets[:begins])
    assert_within_limits(times[begins:], targets[begins:])


@pytest.mark.parametrize("seconds", [0.5, -0.5])
def test_stamps_that_are_not_of_now_hold_the_arm(moving: World, seconds: float) -> None:
    _, arm, record, controller = moving
    said = len(controller.output)
    arm.distort = lambda state: late(state, seconds)
    began = time.time()
    controller.wait_for("Holding still: no fresh joint state for 0.1 s", after=said)
    assert record.is_silent(0.5)
    assert last_change(*record.read()) - began < 0.2
    arm.distort = unspoilt
    record.waits_for_more(5)
    assert_within_limits(*record.read())


def test_it_holds_while_another_node_commands(moving: World) -> None:
    graph, _, record, controller = moving
    said = len(controller.output)
    diagnostics = ControllerDiagnostics(graph)
    other = graph.node.create_publisher(JointState, "joint_command", 1)
    why = "another node publishes on /joint_command too"
    controller.wait_for(f"Holding still: {why}", after=said)
    time.sleep(0.3)  # It brakes.
    assert record.is_silent(0.5)
    diagnostics.wait_for(lambda message, _: message == why)
    graph.node.destroy_publisher(other)
    record.waits_for_more()
    assert_within_limits(*record.read())
