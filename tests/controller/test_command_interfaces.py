"""A trained policy moves the simulated arm on every command interface, or only says what it would.

One simulator, and a controller of its own for each test.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from sensor_msgs.msg import JointState

from arm_sim.common.arrays import Floats
from arm_sim.robot.kinematics import Kinematics
from arm_sim.ros.command_messages import COMMAND_INTERFACES
from arm_sim.ros.joint_messages import JointReader
from support.built_in_arm import ARM, FULL_STEP, LEFT, RIGHT, ROBOT
from support.command_record import CommandRecord, assert_within_limits
from support.controller_client import ControllerDiagnostics
from support.graph import SIMULATOR_AND_CONTROLLER, Graph, Listener, wait_until
from support.messages import pose
from support.mock_arm import MockArm
from support.processes import Process, Start, starting
from support.ros_system import RosSystem

# Nearer than this is there, m: how precise a short training makes a policy is not the point here.
THERE = 0.04
TARGETS = [(0.7, 0.2, 0.9), (0.75, -0.2, 0.85), (0.65, 0.0, 1.0)]


class World(NamedTuple):
    """The simulator's domain, a node in it, and the simulator's states."""

    graph: Graph
    states: Listener
    domain_id: int

    def tool(self) -> Floats:
        """(3,) where the simulated arm's tool is now."""
        self.states.drain()
        positions, _ = JointReader("joint_states", ROBOT.joint_names, 1).read_all(
            self.states.next()
        )
        return Kinematics(ROBOT, 1).tool_positions(positions)[0]

    def distance(self, point: tuple[float, ...]) -> float:
        return float(np.linalg.norm(self.tool() - point))


@pytest.fixture(scope="module")
def world(shared_system: RosSystem) -> World:
    domain_id, graph, start = shared_system
    start("sim_node", cameras="none")
    return World(graph, graph.reader(JointState, "joint_states"), domain_id)


@pytest.fixture
def deploy(world: World, trained_run: Path, tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """Starts a controller with the trained policy; it ends with the test."""
    processes: list[Process] = []
    with starting(world.domain_id, tmp_path) as start:

        def run(**parameters: object) -> Process:
            processes.append(start("controller_node", policy=trained_run, **parameters))
            return processes[-1]

        yield run
        # Properly, or it would haunt the graph as a second publisher until DDS gives it up.
        assert [process.end() for process in processes] == [0] * len(processes)


@pytest.mark.parametrize("interface", COMMAND_INTERFACES)
def test_the_arm_reaches_the_target(
    world: World, deploy: Callable[..., Process], interface: str
) -> None:
    record = CommandRecord(world.graph, interface)
    deploy(command_interface=interface)
    record.waits_for_more(1, timeout=30.0)  # By now this node knows of the controller's publisher.
    for target in TARGETS[:2]:
        world.graph.publish("target_pose", pose(target), listeners=SIMULATOR_AND_CONTROLLER)
        wait_until(lambda target=target: world.distance(target) < THERE)
        record.waits_for_more(1)
    others = [name for name in COMMAND_INTERFACES if name != interface]
    topics = [COMMAND_INTERFACES[name].topic for name in others]
    assert [world.graph.node.count_publishers(topic) for topic in topics] == [0, 0]


def test_a_shadow_says_what_it_would_do_and_leaves_the_arm_alone(
    world: World, deploy: Callable[..., Process]
) -> None:
    world.states.next(accept=lambda state: max(map(abs, state.velocity)) < 0.005)
    before = world.tool()
    record = CommandRecord(world.graph, topic="shadow_command")
    deploy(shadow=True)
    target = RIGHT if before[1] > 0 else LEFT
    world.graph.publish("target_pose", pose(target), listeners=SIMULATOR_AND_CONTROLLER)
    record.waits_for_more(20)
    times, targets = record.read()
    assert_within_limits(times, targets)
    assert abs(targets[-1, 0] - world.states.next().position[0]) > 0.1
    np.testing.assert_allclose(world.tool(), before, atol=0.005)
    assert world.graph.node.count_publishers("joint_command") == 0


def test_it_goes_through_a_list_of_targets(
    world: World, deploy: Callable[..., Process], tmp_path: Path
) -> None:
    file = tmp_path / "targets.yaml"
    file.write_text(f"targets: {[list(target) for target in TARGETS]}\n")
    diagnostics = ControllerDiagnostics(world.graph)
    process = deploy(targets_file=file)
    process.wait_for(" of 3")
    values = diagnostics.wait_for(lambda _, values: values.get("targets reached", "")[-1:] == "3")
    assert values["targets reached"] in ("2 of 3", "3 of 3")
    assert f"Targets reached: {values['targets reached']}" in process.output
    wait_until(lambda: world.distance(TARGETS[-1]) < THERE)


def test_a_target_out_of_reach_is_reported_and_approached(
    world: World, deploy: Callable[..., Process]
) -> None:
    diagnostics = ControllerDiagnostics(world.graph)
    process = deploy()
    process.wait_for("Commanding")
    target = (2.0, 0.0, 1.0)
    world.graph.publish("target_pose", pose(target), listeners=SIMULATOR_AND_CONTROLLER)
    process.wait_for("The target at [2.0, 0.0, 1.0] is out of reach: going to [")
    values = diagnostics.wait_for(lambda _, values: values.get("target (m)") == "[2.0, 0.0, 1.0]")
    pursued = json.loads(values["target pursued (m)"])
    assert 0.8 < np.linalg.norm(np.subtract(pursued, (2.0, 0.0, 1.0))) < 1.4
    wait_until(lambda: world.distance(pursued) < 0.1)


def test_it_can_leave_out_the_gripper_and_go_slowly(
    start: Start, bundle: Path, graph: Graph, arm: MockArm
) -> None:
    record = CommandRecord(graph)
    start("controller_node", policy=bundle, command_gripper=False, speed_scale=0.25)
    record.waits_for_more(20, timeout=30.0)
    times, targets = record.read()
    assert list(record.messages()[0].name) == [ROBOT.joint_names[i] for i in ARM]
    assert_within_limits(times, targets)
    fastest = np.abs(np.diff(targets, axis=0)).max(axis=0)
    assert (fastest <= 0.25 * FULL_STEP + 1e-9).all()
    assert fastest[0] > 0.2 * FULL_STEP[0]
