"""The lockstep protocol: what steps the simulation, what is a resend, and what is refused."""

from unittest.mock import Mock

import numpy as np
import pytest
from rclpy.serialization import serialize_message
from sensor_msgs.msg import JointState

from arm_sim.robot.robot import Robot
from arm_sim.ros.joint_messages import JointWriter
from arm_sim.ros.joint_state_cdr import JointLayout, SomeArmsLayout
from arm_sim.ros.lockstep import LockstepProtocol
from arm_sim.simulation.simulation import Simulation

PERIOD = 50_000_000
ARMS = 2


class Client:
    """Writes messages to a protocol and counts what comes of them."""

    def __init__(self, robot: Robot) -> None:
        self.robot = robot
        self.simulation = Simulation(robot, ARMS, threads=1)
        self.outputs, self.diagnostics = Mock(), Mock()
        self.protocol = LockstepProtocol(self.simulation, self.outputs, self.diagnostics)
        self.home = np.tile(robot.home[robot.command_indices], (ARMS, 1))

    def command(self, stamp: int, positions: np.ndarray | None = None) -> None:
        layout = JointLayout(self.robot.command_joints, ARMS, fields=1)
        self.protocol.on_command(layout.pack(stamp, self.home if positions is None else positions))

    def reset(self, stamp: int) -> None:
        layout = SomeArmsLayout(self.robot.joint_names, ARMS)
        self.protocol.on_reset(layout.pack(stamp, np.array([1]), self.robot.home[None] + 0.01))

    @property
    def counts(self) -> tuple[int, int, int]:
        """Control periods that time has moved, states published, messages refused."""
        periods, rest = divmod(self.simulation.time_ns, PERIOD)
        assert not rest
        published = self.outputs.publish.call_count
        return periods, published, self.diagnostics.refuse.call_count


@pytest.fixture
def client(robot: Robot) -> Client:
    return Client(robot)


def test_a_message_steps_once_and_a_resend_only_repeats_the_state(client: Client) -> None:
    client.command(0)
    assert client.counts == (1, 1, 0)
    client.command(0)
    assert client.counts == (1, 2, 0)
    client.reset(PERIOD)
    assert client.counts == (2, 3, 0)
    client.reset(PERIOD)
    assert client.counts == (2, 4, 0)
    client.command(2 * PERIOD)
    assert client.counts == (3, 5, 0)


@pytest.mark.parametrize("stamp", [-PERIOD, PERIOD + 1, 4 * PERIOD])
def test_any_other_stamp_is_refused_by_name(client: Client, stamp: int) -> None:
    client.command(0)
    client.command(stamp)
    assert client.counts == (1, 1, 1)
    (sentence,) = client.diagnostics.refuse.call_args.args
    assert f"answers stamp {stamp / 1e9:.9f}: the last state's is 0.050000000" in sentence


def test_a_command_that_overtakes_its_reset_waits_for_it(client: Client) -> None:
    client.command(PERIOD)
    assert client.counts == (0, 0, 0)
    client.reset(0)
    assert client.counts == (2, 1, 0)  # Only the last state is published.


def test_a_reset_moves_the_arms_that_it_names_and_nothing_else(client: Client) -> None:
    client.reset(0)
    np.testing.assert_array_equal(client.simulation.positions[0], client.robot.home)
    np.testing.assert_array_equal(client.simulation.positions[1], client.robot.home + 0.01)


def test_a_reset_without_joints_asks_for_the_state_whatever_its_stamp(client: Client) -> None:
    client.command(0)
    client.protocol.on_reset(serialize_message(JointState()))
    assert client.counts == (1, 2, 0)


def test_messages_in_another_layout_do_the_same(client: Client) -> None:
    commands = JointWriter(client.robot.command_joints, ARMS).write(0, client.home)
    client.protocol.on_command(serialize_message(commands))
    assert client.counts == (1, 1, 0)
    elbow = client.robot.joint_names.index("elbow_flex_joint")
    reset = JointState(name=["arm_0/elbow_flex_joint"], position=[0.7])
    reset.header.stamp.nanosec = PERIOD
    client.protocol.on_reset(serialize_message(reset))
    assert client.counts == (2, 2, 0)
    assert client.simulation.positions[0, elbow] == 0.7


def test_a_bad_message_is_refused_and_the_good_one_with_its_stamp_obeyed(client: Client) -> None:
    bad = JointWriter(client.robot.command_joints, ARMS).write(0, client.home * np.nan)
    client.protocol.on_command(serialize_message(bad))
    assert client.counts == (0, 0, 1)
    client.command(0)
    assert client.counts == (1, 1, 1)


def test_arms_that_diverge_are_recorded(client: Client) -> None:
    client.simulation.velocities[0, 0] = 1e12
    client.command(0)
    (divergences,) = client.diagnostics.record.call_args.args
    assert [divergence.arm for divergence in divergences] == [0]
