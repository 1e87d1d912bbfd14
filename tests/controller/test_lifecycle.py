"""The controller obeys ROS's lifecycle services, in every order, and its emergency stop."""

import signal
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from std_msgs.msg import Bool

from support.built_in_arm import LEFT, PAN, RIGHT
from support.command_record import CommandRecord, assert_within_limits
from support.controller_client import ControllerServices
from support.graph import Graph, wait_until
from support.mock_arm import MockArm
from support.periodic import running
from support.processes import Process, Start
from support.untrained_policies import swinging_policy


@pytest.fixture
def services(graph: Graph) -> ControllerServices:
    return ControllerServices(graph)


@pytest.fixture
def record(graph: Graph) -> CommandRecord:
    return CommandRecord(graph)


@pytest.fixture
def controller(start: Start, bundle: Path) -> Process:
    """Started, and left unconfigured."""
    return start("controller_node", policy=bundle, autostart=False)


def test_it_goes_through_its_life(
    controller: Process,
    services: ControllerServices,
    graph: Graph,
    record: CommandRecord,
    tmp_path: Path,
    bundle: Path,
) -> None:
    assert services.state == "unconfigured"
    began = time.monotonic()
    assert not services.change("configure")
    assert time.monotonic() - began > 5.0
    controller.wait_for("No joint states on joint_states in 5 s; is the robot's driver, or the")
    assert services.state == "unconfigured"

    with running(MockArm(graph)) as arm:
        wait_until(lambda: services.change("configure"))
        assert services.state == "inactive"
        assert record.is_silent(0.3)
        assert services.change("activate")
        record.waits_for_more()
        arm.aim(RIGHT)
        wait_until(lambda: arm.positions[PAN] < -0.1)

        # A transition that is not possible is answered, and nothing changes.
        for impossible in ("activate", "configure", "cleanup"):
            assert not services.change(impossible)
        assert controller.output.count("Transition refused") == 3
        record.waits_for_more()

        # It brakes before it says that it is inactive, and is silent from then on.
        assert services.change("deactivate")
        assert record.is_silent(0.5)
        times, targets = record.read()
        assert_within_limits(times, targets)
        assert (targets[-1] == targets[-2]).all()
        assert services.change("activate")
        record.waits_for_more()
        assert_within_limits(*record.read())

        # Another bundle at run time: one that turns the other way.
        other = swinging_policy(tmp_path / "other", swing=-3.0)
        services.set("policy", str(other))
        wait_until(lambda: arm.positions[PAN] < -1.0)  # Not in force yet.
        assert services.change("deactivate")
        assert services.change("cleanup")
        assert services.change("configure")
        assert services.change("activate")
        wait_until(lambda: arm.positions[PAN] > 1.0)

        # A wrong one is refused, and the right one taken afterwards.
        assert services.change("deactivate")
        assert services.change("cleanup")
        services.set("policy", str(tmp_path))
        assert not services.change("configure")
        controller.wait_for(f"{tmp_path} is not a policy bundle")
        assert services.state == "unconfigured"
        services.set("policy", str(bundle))
        assert services.change("configure")
        assert services.change("activate")
        wait_until(lambda: arm.positions[PAN] < -1.0)
        assert_within_limits(*record.read())
        assert services.change("active_shutdown")
        assert services.state == "finalized"
        assert record.is_silent(0.3)
    assert controller.end() == 0
    assert "Traceback" not in controller.output


def test_an_emergency_stop_is_latched(
    controller: Process, services: ControllerServices, arm: MockArm, record: CommandRecord
) -> None:
    # In every state: here before there is anything to stop.
    services.trigger("emergency_stop")
    assert services.change("configure")
    assert not services.change("activate")
    controller.wait_for("Not activated: the emergency stop is latched; call release_emergency_stop")
    assert services.state == "inactive"
    services.trigger("release_emergency_stop")
    assert record.is_silent(0.3)
    assert services.change("activate")
    record.waits_for_more()

    arm.aim(RIGHT)
    wait_until(lambda: arm.positions[PAN] < -0.1)
    services.trigger("emergency_stop")
    wait_until(lambda: services.state == "inactive")
    assert record.is_silent(0.5)
    assert not services.change("activate")
    services.trigger("release_emergency_stop")
    assert record.is_silent(0.5)  # To release is not to start.
    assert services.state == "inactive"
    assert services.change("activate")
    record.waits_for_more()
    assert_within_limits(*record.read())
    assert "Traceback" not in controller.output


def test_a_stop_and_a_transition_at_once_do_no_harm(
    controller: Process,
    services: ControllerServices,
    arm: MockArm,
    record: CommandRecord,
    graph: Graph,
) -> None:
    assert services.change("configure")
    graph.publish("emergency_stop", Bool(data=False))  # So that both sides know each other.
    for delay in np.linspace(0.0, 0.12, 5):
        assert services.change("activate")
        arm.aim(RIGHT if arm.positions[PAN] > 0 else LEFT)
        began = arm.positions[PAN]
        wait_until(lambda began=began: abs(arm.positions[PAN] - began) > 0.1)
        deactivation = services.ask_to("deactivate")
        time.sleep(delay)
        graph.publish("emergency_stop", Bool(data=True))
        services.answer(deactivation)
        wait_until(lambda: services.state == "inactive")
        assert record.is_silent(0.2)  # By now the stop has been heard in any case.
        services.trigger("release_emergency_stop")
    # And a signal in the middle of a deactivation.
    assert services.change("activate")
    record.waits_for_more()
    services.ask_to("deactivate")
    time.sleep(0.05)
    assert controller.end() == 0
    assert_within_limits(*record.read())
    assert "Traceback" not in controller.output


def configuring(services: ControllerServices) -> None:
    services.ask_to("configure")
    time.sleep(1.0)  # Of the 5 s for which it listens for joint states.


def unconfigured(services: ControllerServices) -> None:
    assert services.state == "unconfigured"


@pytest.mark.parametrize(
    ("state", "number"),
    [(unconfigured, signal.SIGINT), (configuring, signal.SIGTERM)],
    ids=["unconfigured", "configuring"],
)
def test_a_signal_ends_it_without_a_robot(
    controller: Process,
    services: ControllerServices,
    state: Callable[[ControllerServices], None],
    number: int,
) -> None:
    state(services)
    assert controller.end(number) == 0
    assert "Traceback" not in controller.output


@pytest.mark.parametrize(
    ("state", "number"), [("inactive", signal.SIGTERM), ("held", signal.SIGINT)]
)
def test_a_signal_ends_it_with_a_robot(
    controller: Process, services: ControllerServices, arm: MockArm, state: str, number: int
) -> None:
    assert services.change("configure")
    if state == "held":
        assert services.change("activate")
        controller.wait_for("Commanding")
        arm.distort = lambda state: None
        controller.wait_for("Holding still")
    assert controller.end(number) == 0
    assert "Traceback" not in controller.output


def test_a_signal_ends_it_before_it_heard_a_robot(start: Start, bundle: Path) -> None:
    process = start("controller_node", policy=bundle)
    process.wait_for("Waiting for joint_states")
    assert process.end() == 0
