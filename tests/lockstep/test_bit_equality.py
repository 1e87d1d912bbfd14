"""The same seeds give the same numbers in-process, over ROS, and over ROS after a restart."""

import numpy as np
import pytest
from sensor_msgs.msg import JointState

from arm_sim.ros.joint_state_cdr import JointLayout, SomeArmsLayout
from arm_sim.ros.subscriptions import TopicReader
from arm_sim.scene.loader import load_robot
from arm_trainer.backends.in_process import InProcessBackend
from arm_trainer.ros import backend as backend_module
from arm_trainer.ros.backend import RosBackend
from arm_trainer.ros.simulator_connection import SimulatorConnection
from support.graph import Graph, wait_until
from support.lossy_connections import LosesCommands, Repeating
from support.processes import Start
from support.rollouts import PERIOD, rollout, same
from support.states import start_at


def over_ros(start: Start, domain_id: int, arms: int) -> RosBackend:
    start("sim_node", mode="lockstep", num_arms=arms, cameras="none")
    return RosBackend(load_robot(), arms, PERIOD, domain_id=domain_id)


@pytest.mark.parametrize("arms", [1, 16])
def test_a_thousand_steps_are_bit_equal_in_process_over_ros_and_after_a_restart(
    start: Start, domain_id: int, arms: int
) -> None:
    expected = rollout(InProcessBackend(load_robot(), arms, PERIOD), 1000)
    for _ in range(2):
        simulator = start("sim_node", mode="lockstep", num_arms=arms, cameras="none")
        backend = RosBackend(load_robot(), arms, PERIOD, domain_id=domain_id)
        assert same(rollout(backend, 1000), expected)
        backend.close()
        assert simulator.end() == 0


def test_what_the_simulator_did_before_changes_nothing(start: Start, domain_id: int) -> None:
    expected = rollout(InProcessBackend(load_robot(), 4, PERIOD), 50)
    backend = over_ros(start, domain_id, 4)
    assert same(rollout(backend, 50), expected)
    assert same(rollout(backend, 50), expected)
    backend.close()


class Lossy(LosesCommands):
    """Loses some commands and resets on the way there, and some states on the way back."""

    received = 0

    def receive(self, timeout: float, stamp_ns: int) -> bytes | None:
        state = super().receive(timeout, stamp_ns)
        if state is not None:
            self.received += 1
            if self.received % 13 == 12:
                return None
        return state


@pytest.mark.parametrize("connection", [Lossy, Repeating])
def test_a_lost_or_repeated_message_changes_nothing(
    start: Start,
    domain_id: int,
    monkeypatch: pytest.MonkeyPatch,
    connection: type[SimulatorConnection],
) -> None:
    expected = rollout(InProcessBackend(load_robot(), 2, PERIOD), 60)
    monkeypatch.setattr(backend_module, "SimulatorConnection", connection)
    backend = over_ros(start, domain_id, 2)
    assert same(rollout(backend, 60), expected)
    backend.close()


def test_what_goes_between_two_processes_is_read_in_place(
    start: Start, domain_id: int, graph: Graph
) -> None:
    """Or every message would go through a hundred strings, right and slowly."""
    robot = load_robot()
    layouts = {
        "joint_states": JointLayout(robot.joint_names, 2, fields=3),
        "joint_command": JointLayout(robot.command_joints, 2, fields=1),
        "joint_reset": SomeArmsLayout(robot.joint_names, 2),
    }
    readers = {topic: TopicReader(graph.node, JointState, topic) for topic in layouts}
    backend = over_ros(start, domain_id, 2)
    heard = {}

    def all_heard() -> bool:
        backend.step(np.tile(robot.home[robot.command_indices], (2, 1)))
        backend.reset(np.array([1]), start_at(robot, robot.home[None]))
        heard.update({topic: raw for topic in layouts if (raw := readers[topic].take_bytes())})
        return heard.keys() == layouts.keys()

    wait_until(all_heard)
    assert [topic for topic, raw in heard.items() if layouts[topic].unpack(raw) is None] == []
    backend.close()
    for reader in readers.values():
        reader.close()
