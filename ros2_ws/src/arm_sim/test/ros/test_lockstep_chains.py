"""A reset of objects, one of joints and a command that arrive in any order do the same, once."""

from itertools import permutations, product
from unittest.mock import Mock

import numpy as np
import pytest
from rclpy.serialization import serialize_message
from sensor_msgs.msg import JointState, MultiDOFJointState

from arm_sim.robot.object_spec import GOAL
from arm_sim.robot.robot import Robot
from arm_sim.ros.joint_state_cdr import JointLayout, SomeArmsLayout
from arm_sim.ros.lockstep import LockstepProtocol
from arm_sim.ros.object_state_cdr import ObjectPlacementLayout
from arm_sim.simulation.simulation import Simulation
from support.messages import placed
from support.object_scene import robot_with_objects

PERIOD = 50_000_000
ARMS = 2
CHAIN = ("object_reset", "joint_reset", "command")


@pytest.fixture(scope="module")
def robot() -> Robot:
    return robot_with_objects()


class Client:
    """Writes the messages of one chain to a protocol."""

    def __init__(self, robot: Robot) -> None:
        self.simulation = Simulation(robot, ARMS, threads=1)
        self.outputs, self.diagnostics = Mock(), Mock()
        self.protocol = LockstepProtocol(self.simulation, self.outputs, self.diagnostics)
        self._robot = robot

    def send(self, what: str, began: int = 0) -> None:
        """Sends a message of the chain that begins with a stamp."""
        robot, stamp = self._robot, began + CHAIN.index(what) * PERIOD
        second = np.array([1])
        if what == "object_reset":
            poses = np.concatenate([robot.object_home, [[0.6, 0.1, 0.9, 0, 0, 0, 1]]])
            poses[:2, 1] += 0.05
            layout = ObjectPlacementLayout([*robot.objects, GOAL], ARMS)
            self.protocol.on_object_reset(layout.pack(stamp, second, poses[None]))
        elif what == "joint_reset":
            layout = SomeArmsLayout(robot.joint_names, ARMS)
            self.protocol.on_reset(layout.pack(stamp, second, robot.home[None] + 0.01))
        else:
            targets = np.tile(robot.home[robot.command_indices] + 0.02, (ARMS, 1))
            layout = JointLayout(robot.command_joints, ARMS, fields=1)
            self.protocol.on_command(layout.pack(stamp, targets))

    @property
    def counts(self) -> tuple[int, int, int]:
        """Control periods that time has moved, states published, messages refused."""
        periods, rest = divmod(self.simulation.time_ns, PERIOD)
        assert not rest
        return periods, self.outputs.publish.call_count, self.diagnostics.refuse.call_count

    @property
    def numbers(self) -> bytes:
        simulation = self.simulation
        parts = (simulation.batch.bind("qpos"), simulation.batch.bind("qvel"), simulation.goals)
        return b"".join(part.tobytes() for part in (*parts, simulation.reset_counts))


@pytest.fixture
def client(robot: Robot) -> Client:
    return Client(robot)


@pytest.fixture(scope="module")
def expected(robot: Robot) -> bytes:
    """The state after two chains whose messages arrive one after the other."""
    client = Client(robot)
    for began, what in product((0, 3 * PERIOD), CHAIN):
        client.send(what, began)
    assert client.counts == (6, 6, 0)
    return client.numbers


@pytest.mark.parametrize("order", list(permutations(CHAIN)), ids=" ".join)
def test_any_order_of_arrival_leads_to_the_same_state(
    client: Client, expected: bytes, order: tuple[str, ...]
) -> None:
    for began in (0, 3 * PERIOD):
        for number, what in enumerate(order):
            client.send(what, began)
            if CHAIN[0] not in order[: number + 1]:  # It waits for what it follows.
                assert client.simulation.time_ns == began
    assert client.numbers == expected
    periods, published, refused = client.counts
    assert (periods, refused) == (6, 0)
    # Of messages that had waited, only the last one's state is published.
    steps = sum(1 for i, what in enumerate(order) if what == CHAIN[0] or CHAIN[0] in order[:i])
    assert published <= 2 * steps


@pytest.mark.parametrize("order", list(permutations(CHAIN)), ids=" ".join)
def test_resends_take_effect_once(client: Client, expected: bytes, order: tuple[str, ...]) -> None:
    for began in (0, 3 * PERIOD):
        for what in (*order, *CHAIN, *reversed(order)):
            client.send(what, began)
    assert client.numbers == expected
    assert client.counts[0] == 6


def test_a_resend_of_the_last_message_is_answered(client: Client) -> None:
    for what in CHAIN:
        client.send(what)
    client.send(CHAIN[-1])
    assert client.counts == (3, 4, 0)


def test_a_lost_message_is_made_up_for_by_a_resend(client: Client, expected: bytes) -> None:
    for began in (0, 3 * PERIOD):
        client.send("object_reset", began)
        client.send("command", began)  # The reset of the joints between them was lost.
        assert client.simulation.time_ns == began + PERIOD
        for what in CHAIN:
            client.send(what, began)
    assert client.numbers == expected


def test_a_reset_names_what_it_moves_and_leaves_the_rest(client: Client, robot: Robot) -> None:
    raw = bytes(serialize_message(placed({"arm_1/can": (0.6, 0.3, 0.65)})))
    before, goals = client.simulation.objects.poses, client.simulation.goals.copy()
    client.protocol.on_object_reset(raw)
    after = client.simulation.objects.poses
    assert after[1, 1].tolist() == [0.6, 0.3, 0.65, 0.0, 0.0, 0.0, 1.0]
    np.testing.assert_array_equal(after[0], before[0])
    np.testing.assert_array_equal(after[1, 0], before[1, 0])
    np.testing.assert_array_equal(client.simulation.goals, goals)
    np.testing.assert_array_equal(client.simulation.positions, np.tile(robot.home, (ARMS, 1)))


def test_one_without_names_asks_for_the_state_whatever_its_stamp(client: Client) -> None:
    client.protocol.on_object_reset(bytes(serialize_message(MultiDOFJointState())))
    assert client.counts == (0, 1, 0)


def test_a_bad_reset_is_refused_and_the_good_one_with_its_stamp_obeyed(client: Client) -> None:
    client.send("command")
    bad = placed({"arm_1/cup": (0.6, 0.3, 0.65)})
    client.protocol.on_object_reset(bytes(serialize_message(bad)))
    assert client.counts == (0, 0, 1)
    (sentence,) = client.diagnostics.refuse.call_args.args
    assert "it names arm_1/cup (valid: arm_0/ to arm_1/ followed by each of cube" in sentence
    client.send("object_reset")
    client.send("joint_reset")
    assert client.counts[0] == 3


def test_what_another_client_sent_early_and_left_is_forgotten(client: Client) -> None:
    """A new client begins by asking for the state."""
    client.send("joint_reset")
    client.protocol.on_reset(bytes(serialize_message(JointState())))
    client.send("object_reset")
    assert client.counts[0] == 1
