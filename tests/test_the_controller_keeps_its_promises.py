"""The deployed controller against a mock arm, whose states the test publishes itself."""

import math
import signal
import time
from pathlib import Path

import numpy as np
import pytest
from geometry_msgs.msg import PoseStamped
from sensor_msgs.msg import JointState
from stable_baselines3 import PPO

from arm_sim.joint_messages import JointWriter
from arm_sim.robot import load_robot
from arm_trainer.bundle import export_bundle
from arm_trainer.env import ReachVecEnv, make_backend
from arm_trainer.episodes import Episodes
from arm_trainer.task import Reach
from graph import Graph, Listener
from processes import Process, Start

STATE_PERIOD_NS = 10_000_000


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A policy that has learnt nothing: what counts here is what surrounds it."""
    task = Reach(load_robot())
    env = ReachVecEnv(Episodes(task, make_backend("in_process", task, 1)))
    folder = tmp_path_factory.mktemp("bundle") / "policy"
    export_bundle(PPO("MlpPolicy", env, n_steps=8, batch_size=8), task, folder, {})
    return folder


class MockArm:
    """Publishes joint states at home, one by one, as a robot's driver would."""

    def __init__(self, graph: Graph) -> None:
        self.robot = load_robot()
        self.positions = self.robot.home.copy()
        self._writer = JointWriter(self.robot.joint_names, 1)
        self._graph = graph
        self._time_ns = 5_000_000_000
        self.commands: Listener = graph.reader(JointState, "joint_command")

    def publish(self, advance: bool = True) -> None:
        self._time_ns += STATE_PERIOD_NS if advance else 0
        state = self._writer.write(
            self._time_ns, self.positions[None], np.zeros((1, len(self.positions)))
        )
        self._graph.publish("joint_states", state)

    def run(self, seconds: float, advance: bool = True) -> list[JointState]:
        """Publishes at 100 Hz and returns the commands heard meanwhile."""
        heard = []
        for _ in range(round(seconds * 1e9 / STATE_PERIOD_NS)):
            self.publish(advance)
            command = self.commands.next_or_none(STATE_PERIOD_NS / 1e9)
            if command is not None:
                heard.append(command)
        return heard

    @property
    def expected_hold(self) -> np.ndarray:
        return self.positions[self.robot.command_indices]


@pytest.fixture
def arm(graph: Graph) -> MockArm:
    return MockArm(graph)


@pytest.fixture
def controller(start: Start, bundle: Path, arm: MockArm) -> Process:
    process = start("controller_node", policy=bundle)
    process.wait_for("Waiting for joint_states")
    arm.publish()
    return process


def test_it_commands_at_the_control_rate_from_the_present_pose(
    controller: Process, arm: MockArm
) -> None:
    arm.positions[arm.robot.arm] += 0.3
    arm.run(0.2)
    commands = arm.run(1.0)
    assert 18 <= len(commands) <= 22  # 20 Hz of the states' own time.
    assert list(commands[0].name) == list(arm.robot.command_joints)


def test_it_starts_without_a_jump(start: Start, bundle: Path, arm: MockArm) -> None:
    process = start("controller_node", policy=bundle)
    process.wait_for("Waiting for joint_states")
    arm.positions[arm.robot.arm] += 0.3
    first = arm.run(0.5)[0]
    largest_step = arm.robot.velocity_limits[arm.robot.arm] * 0.05
    moved = np.abs(np.array(first.position[:7]) - arm.positions[arm.robot.arm])
    assert (moved <= largest_step + 1e-12).all()


def test_it_never_commands_beyond_limits(controller: Process, arm: MockArm) -> None:
    robot = arm.robot
    joints = robot.command_indices
    # The arm does not follow, so the increments pile up against the limits.
    for command in arm.run(3.0):
        positions = np.array(command.position)
        assert np.isfinite(positions).all()
        assert (positions >= robot.lower[joints]).all()
        assert (positions <= robot.upper[joints]).all()


@pytest.mark.parametrize("fault", ["states stop", "stamps freeze", "states are NaN"])
def test_it_holds_still_when_what_it_hears_is_stale(
    controller: Process, arm: MockArm, fault: str
) -> None:
    assert arm.run(0.5)
    began = time.monotonic()
    if fault == "states stop":
        hold = arm.commands.next(
            timeout=1.0, accept=lambda command: np.allclose(command.position, arm.expected_hold)
        )
    else:
        held = arm.expected_hold
        if fault == "states are NaN":
            arm.positions[2] = math.nan
        commands = arm.run(0.4, advance=fault != "stamps freeze")
        hold = commands[-1]
        assert np.allclose(hold.position, held)
        assert np.isfinite([command.position for command in commands]).all()
    assert time.monotonic() - began < 1.0
    assert controller.popen.poll() is None
    controller.wait_for("holding still")
    assert arm.commands.next_or_none(0.3) is None  # One word is enough: the arm holds.
    arm.positions = arm.robot.home.copy()
    assert arm.run(0.5)  # And it goes on when states are fresh again.
    assert np.isfinite(hold.position).all()


def test_it_hears_the_target_from_a_real_robots_graph(
    start: Start, bundle: Path, arm: MockArm, graph: Graph
) -> None:
    """A robot's driver names no target joints, and perhaps a wheel."""
    process = start("controller_node", policy=bundle)
    process.wait_for("Waiting for joint_states")
    names = list(arm.robot.joint_names)[:9]
    state = JointState(name=["wheel", *names], position=[0.0, *arm.positions[:9]])
    state.header.stamp.sec = 1
    graph.publish("joint_states", state)
    assert arm.commands.next_or_none(0.3) is None  # No target yet.
    pose = PoseStamped()
    pose.header.frame_id = "base_link"
    pose.pose.position.x, pose.pose.position.z = 0.7, 0.9
    graph.publish("target_pose", pose)
    state.header.stamp.nanosec = 50_000_000
    graph.publish("joint_states", state)
    assert arm.commands.next()


def test_it_ends_with_zero_on_a_signal(controller: Process) -> None:
    assert controller.end(signal.SIGINT) == 0
    assert "Traceback" not in controller.output


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("", "Parameter 'policy' is missing"),
        ("/nowhere", "is not a policy bundle"),
    ],
)
def test_a_wrong_policy_is_one_sentence(start: Start, given: str, sentence: str) -> None:
    process = start("controller_node", policy=given or "''")
    assert process.wait(20) == 2
    assert sentence in process.output
    assert "Traceback" not in process.output
