"""Before the controller commands, it knows that its policy fits the robot and that it is alone."""

import signal
import time
from pathlib import Path

import numpy as np
import pytest
from sensor_msgs.msg import JointState
from std_msgs.msg import String

from arm_sim.robot.urdf import urdf
from arm_sim.ros.subscriptions import LATCHED
from support.built_in_arm import ARM, LARGEST_CHANGE, LEFT, PAN, RIGHT, ROBOT
from support.command_lines import ros_parameters, run_command_lines
from support.command_record import CommandRecord, assert_within_limits
from support.controller_client import ControllerServices
from support.graph import Graph, wait_until
from support.messages import pose, stamped, without
from support.mock_arm import MockArm, unspoilt
from support.periodic import running
from support.processes import Start


@pytest.fixture
def record(graph: Graph) -> CommandRecord:
    return CommandRecord(graph)


@pytest.mark.timing
def test_it_commands_at_the_control_rate_from_the_present_pose(
    start: Start, bundle: Path, graph: Graph, record: CommandRecord
) -> None:
    mock = MockArm(graph)
    for joint in ARM:
        mock.put(joint, ROBOT.home[joint] + 0.3)
    with running(mock):
        present = mock.positions[ARM].copy()
        process = start("controller_node", policy=bundle)
        process.wait_for("Commanding")
        record.waits_for_more(40)
        times, targets = record.read()
    assert (np.abs(targets[0, : len(ARM)] - present) <= LARGEST_CHANGE + 1e-9).all()
    assert 0.045 < np.median(np.diff(times)) < 0.056
    assert list(record.messages()[0].name) == list(ROBOT.command_joints)
    assert_within_limits(times, targets)


def test_it_hears_the_target_from_a_real_robots_graph(
    start: Start, bundle: Path, graph: Graph, record: CommandRecord
) -> None:
    """A robot's driver shows no target, and names perhaps a wheel."""

    def as_a_driver(state: JointState) -> JointState:
        return JointState(
            header=state.header,
            name=["wheel", *state.name],
            position=[7.0, *state.position],
            velocity=[0.0, *state.velocity],
        )

    mock = MockArm(graph)
    mock.distort, mock.target = as_a_driver, None
    with running(mock):
        process = start("controller_node", policy=bundle)
        process.wait_for("Active")
        process.wait_for("Holding still: no target")
        assert len(record) == 0
        graph.publish("target_pose", pose(LEFT, frame="map"))
        process.wait_for("Refused a target_pose in frame 'map' (valid: world, base_link)")
        graph.publish("target_pose", pose((float("nan"), 0.0, 1.0)))
        assert record.is_silent(0.5)
        graph.publish("target_pose", pose(RIGHT))
        wait_until(lambda: mock.positions[PAN] < -0.5)
    assert_within_limits(*record.read())


def test_it_does_not_begin_beside_another_node(
    start: Start, bundle: Path, arm: MockArm, graph: Graph, record: CommandRecord
) -> None:
    other = graph.node.create_publisher(JointState, "joint_command", 1)
    process = start("controller_node", policy=bundle)
    process.wait_for("Holding still: another node publishes on /joint_command too")
    assert len(record) == 0
    graph.node.destroy_publisher(other)
    record.waits_for_more()


def test_a_robot_that_does_not_fit_is_refused(
    start: Start, bundle: Path, arm: MockArm, graph: Graph
) -> None:
    process = start("controller_node", policy=bundle, autostart=False)
    services = ControllerServices(graph)
    misfit = "The policy does not fit the robot on the graph: "

    arm.distort = lambda state: without(state, "elbow_flex_joint")
    time.sleep(0.2)
    assert not services.change("configure")
    process.wait_for(misfit + "Refused a message on joint_states: it misses elbow_flex_joint")

    arm.distort = lambda state: stamped(state, 5)
    time.sleep(0.2)
    assert not services.change("configure")
    process.wait_for(misfit + "the stamps of its joint_states do not rise")

    arm.distort, arm.period = unspoilt, 0.2
    time.sleep(1.5)
    assert not services.change("configure")
    process.wait_for(misfit + "its joint_states come at 5.0 Hz, and the policy commands at 20.0 Hz")
    arm.period = 0.01

    tighter = urdf(ROBOT).replace('velocity="1.256"', 'velocity="0.9"')
    graph.publish("robot_description", String(data=tighter), LATCHED)
    time.sleep(0.5)
    assert not services.change("configure")
    process.wait_for(misfit + "shoulder_pan_joint is limited to 0.9 per s, in training to 1.256")

    graph.publish("robot_description", String(data=urdf(ROBOT)), LATCHED)
    time.sleep(0.5)
    assert services.change("configure")
    assert "Traceback" not in process.output


def test_a_robot_that_does_not_fit_ends_a_controller_that_starts_by_itself(
    start: Start, bundle: Path, arm: MockArm
) -> None:
    arm.distort = lambda state: without(state, "elbow_flex_joint")
    process = start("controller_node", policy=bundle)
    assert process.wait(30) == 2
    assert "it misses elbow_flex_joint" in process.output
    assert "Traceback" not in process.output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_brakes_and_ends_with_zero(
    start: Start, bundle: Path, arm: MockArm, record: CommandRecord, number: int
) -> None:
    process = start("controller_node", policy=bundle)
    wait_until(lambda: arm.positions[PAN] > 0.1, timeout=30.0)
    assert process.end(number) == 0
    times, targets = record.read()
    assert_within_limits(times, targets)
    assert (targets[-1] == targets[-2]).all()  # At rest.
    assert "Traceback" not in process.output


def test_a_wrong_parameter_is_one_sentence(bundle: Path, tmp_path: Path) -> None:
    wrong = [
        ({"policy": "''"}, "Parameter 'policy' is missing"),
        ({"policy": "/nowhere"}, "There is no /nowhere."),
        ({"speed_scale": 1.5}, "speed_scale"),
        ({"command_interface": "torque"}, "'command_interface' is 'torque'"),
        ({"targets_file": "/nowhere.yaml"}, "Can't read /nowhere.yaml"),
    ]
    lines = [ros_parameters(**({"policy": bundle} | given)) for given, _ in wrong]
    results = run_command_lines("controller_node", lines, tmp_path)
    for result, (_, sentence) in zip(results, wrong, strict=True):
        assert result.code == 2
        assert sentence in result.output
        assert len(result.output.strip().splitlines()) == 1
