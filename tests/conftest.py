"""The whole system over a real ROS graph: real nodes in real processes, a domain a test."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from arm_trainer.cli.process_setup import set_up_torch_process
from arm_trainer.ros.domain_id import ReservedDomain
from controlled import MockArm, alive, swinging_policy
from graph import Graph, on_graph
from processes import Start, executable, starting


@pytest.fixture(autouse=True, scope="session")
def process_setup() -> None:
    """Renders and computes as the commands do, also in the tests' own process."""
    set_up_torch_process()


@pytest.fixture
def domain_id() -> Iterator[int]:
    """A ROS domain of the test's own."""
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


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A policy that turns the arm to the target's side, at full speed; see `controlled.py`."""
    return swinging_policy(tmp_path_factory.mktemp("bundle") / "policy")


@pytest.fixture
def arm(graph: Graph) -> Iterator[MockArm]:
    """A mock arm that publishes its states and follows commands."""
    with alive(MockArm(graph)) as mock:
        yield mock


@pytest.fixture(scope="session")
def trained_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run folder of a short PPO training over ROS, by the installed command."""
    logs = tmp_path_factory.mktemp("logs")
    done = subprocess.run(
        [executable("train"), "--algorithm", "PPO", "--steps", "60000", "--log-dir", logs],
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (run,) = (logs / "fetch_arm").iterdir()
    return run
