"""Objects go over ROS to the bit: the same numbers in-process, from several simulators, again."""

import numpy as np
import pytest
from sensor_msgs.msg import MultiDOFJointState

from arm_sim.ros.object_state_cdr import ObjectStateLayout
from arm_sim.ros.subscriptions import TopicReader
from arm_sim.scene.loader import load_robot
from arm_sim.simulation.sim_config import SimConfig
from arm_trainer.backends.backend import SimulatorLost
from arm_trainer.backends.in_process import InProcessBackend
from arm_trainer.ros import backend as backend_module
from arm_trainer.ros.backend import RosBackend
from arm_trainer.ros.managed_simulator import ManagedShardedBackend
from arm_trainer.ros.simulator_connection import SimulatorConnection
from arm_trainer.tasks.task import Task
from support.graph import Graph, wait_until
from support.lossy_connections import LosesCommands, Repeating
from support.object_scene import CHANGES, robot_with_objects
from support.object_task import Nudge, NudgeAnew
from support.processes import Process, Start
from support.rollouts import PERIOD, rollout, same
from support.states import start_at

ARMS = 2


@pytest.fixture(scope="module")
def expected() -> list[np.ndarray]:
    """A thousand control periods in this process."""
    return rollout(in_process(), 1000, NudgeAnew)


def in_process(arms: int = ARMS) -> InProcessBackend:
    return InProcessBackend(robot_with_objects(), arms, PERIOD)


def simulator(start: Start, arms: int = ARMS) -> Process:
    # In quotes, as ROS would read a mapping.
    changes = f"'{CHANGES}'"
    return start("sim_node", mode="lockstep", num_arms=arms, cameras="none", scene_changes=changes)


def connect(domain_id: int, arms: int = ARMS, **options: float) -> RosBackend:
    return RosBackend(robot_with_objects(), arms, PERIOD, domain_id=domain_id, **options)


def test_a_thousand_steps_are_bit_equal_over_ros_and_after_a_restart(
    start: Start, domain_id: int, expected: list[np.ndarray]
) -> None:
    for _ in range(2):
        process = simulator(start)
        backend = connect(domain_id)
        assert same(rollout(backend, 1000, NudgeAnew), expected)
        backend.close()
        assert process.end() == 0


def test_a_thousand_steps_of_two_simulators_are_bit_equal(expected: list[np.ndarray]) -> None:
    config = SimConfig().replace(num_arms=ARMS, scene_changes=CHANGES)
    team = ManagedShardedBackend(robot_with_objects(), config, 2)
    try:
        assert same(rollout(team, 1000, NudgeAnew), expected)
    finally:
        team.close()


def test_in_the_thousand_steps_each_arm_knocks_the_can_over(expected: list[np.ndarray]) -> None:
    poses = np.array([array for array in expected if array.shape == (ARMS, 2, 7)])
    velocities = np.array([array for array in expected if array.shape == (ARMS, 2, 6)])
    assert np.ptp(poses[:, :, 1, 3:5], axis=0).max(axis=1).min() > 0.3
    assert np.abs(velocities[:, :, 1, 3:5]).max(axis=(0, 2)).min() > 1.0


class Lossy(LosesCommands):
    """Loses commands and resets on the way there, and objects and states on the way back."""

    received = 0

    def receive(self, timeout: float, stamp_ns: int) -> bytes | None:
        self.received += 1
        objects, before = self.objects, self.objects and self.objects._newest
        state = super().receive(timeout, stamp_ns)
        if objects is not None and self.received % 7 == 3:
            objects._newest = before
        return None if self.received % 13 == 12 else state


@pytest.mark.parametrize("task", [Nudge, NudgeAnew])
@pytest.mark.parametrize("connection", [Lossy, Repeating])
def test_a_lost_or_repeated_message_changes_nothing(
    start: Start,
    domain_id: int,
    monkeypatch: pytest.MonkeyPatch,
    connection: type[SimulatorConnection],
    task: type[Task],
) -> None:
    expected = rollout(in_process(2), 60, task)
    monkeypatch.setattr(backend_module, "SimulatorConnection", connection)
    simulator(start, 2)
    backend = connect(domain_id, 2)
    assert same(rollout(backend, 60, task), expected)
    backend.close()


def test_a_state_after_a_reset_is_known_before_it_is_sent(start: Start, domain_id: int) -> None:
    """Nothing of it is computed otherwise than by the simulator: asked again, it says the same."""
    simulator(start)
    backend = connect(domain_id)
    robot = backend.robot
    backend.step(np.tile(robot.home[robot.command_indices] + 0.05, (ARMS, 1)))
    starts = start_at(robot, robot.home[None] + 0.01)
    starts.objects[:, :, 1] += 0.03
    said = backend.reset(np.array([1]), starts)
    backend._connection.request_state()
    told = backend._client.wait_for_state()
    for name in ("stamp_ns", "positions", "velocities", "objects", "object_velocities"):
        np.testing.assert_array_equal(getattr(said, name), getattr(told, name), err_msg=name)
    backend.close()


def test_objects_are_read_in_place(start: Start, domain_id: int, graph: Graph) -> None:
    """Or every message would become a thousand Python objects, rightly and slowly."""
    reader = TopicReader(graph.node, MultiDOFJointState, "object_states")
    simulator(start)
    backend = connect(domain_id)
    commands = np.tile(backend.robot.home[backend.robot.command_indices], (ARMS, 1))
    heard: list[bytes] = []

    def is_heard() -> bool:
        backend.step(commands)
        heard.extend(raw for raw in [reader.take_bytes()] if raw)
        return bool(heard)

    wait_until(is_heard)
    assert ObjectStateLayout(backend.robot.objects, ARMS).unpack(heard[0]) is not None
    backend.close()
    reader.close()


def test_a_simulator_without_the_objects_is_one_sentence(start: Start, domain_id: int) -> None:
    start("sim_node", mode="lockstep", num_arms=ARMS, cameras="none")
    with pytest.raises(SimulatorLost, match="has not the task's objects: start it with the param"):
        connect(domain_id)


def test_a_simulator_with_more_objects_than_asked_for_is_used(start: Start, domain_id: int) -> None:
    simulator(start, 1)
    backend = RosBackend(load_robot(), 1, PERIOD, domain_id=domain_id)
    commands = load_robot().home[None, load_robot().command_indices]
    assert backend.step(commands).objects.shape == (1, 0, 7)
    backend.close()
