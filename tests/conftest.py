"""Fixtures of the system tests: real nodes in real processes, each test in its own ROS domain."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from arm_trainer.cli.process_setup import set_up_torch_process
from arm_trainer.ros.domain_id import ReservedDomain
from support.graph import Graph, on_graph
from support.mock_arm import MockArm
from support.package_fixtures import own_ros_home  # noqa: F401
from support.periodic import running
from support.processes import Start, executable, starting
from support.ros_system import RosSystem, ros_system
from support.shared_once import shared_once


@pytest.fixture(autouse=True, scope="session")
def process_setup() -> None:
    """Renders and computes as the commands do, also in the tests' own process."""
    set_up_torch_process()


@pytest.fixture
def domain_id() -> Iterator[int]:
    """A ROS domain reserved for the test."""
    domain = ReservedDomain()
    yield domain.domain_id
    domain.release()


@pytest.fixture
def graph(domain_id: int) -> Iterator[Graph]:
    """A node of the test's own in its domain."""
    with on_graph(domain_id) as joined:
        yield joined


@pytest.fixture
def start(domain_id: int, tmp_path: Path) -> Iterator[Start]:
    """Starts an installed executable in the test's domain: `start("sim_node", mode="lockstep")`."""
    with starting(domain_id, tmp_path) as run:
        yield run


@pytest.fixture(scope="module")
def shared_system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RosSystem]:
    """A domain, a node and processes that the tests of a module share."""
    with ros_system(tmp_path_factory.mktemp("shared_system")) as system:
        yield system


@pytest.fixture
def arm(graph: Graph) -> Iterator[MockArm]:
    """A mock arm that publishes its states and follows commands."""
    with running(MockArm(graph)) as mock:
        yield mock


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A policy that turns the arm to the target's side, at full speed; see `swinging_policy`."""
    # PyTorch is imported here: pytest-xdist's controlling process reads this file too.
    from support.untrained_policies import swinging_policy

    return shared_once(tmp_path_factory, "swinging_policy", swinging_policy)


@pytest.fixture(scope="session")
def trained_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run folder of a short PPO training over ROS, by the installed command."""

    def train(logs: Path) -> None:
        settings = logs.with_suffix(".yaml")
        settings.write_text("evaluation_episodes: 40\n")
        command = [executable("train"), "--algorithm", "PPO", "--steps", "20000"]
        command += ["--settings", settings, "--log-dir", logs]
        done = subprocess.run(command, capture_output=True, text=True, timeout=240)
        assert done.returncode == 0, done.stdout + done.stderr

    (run,) = (shared_once(tmp_path_factory, "trained_run", train) / "fetch_arm").iterdir()
    return run
