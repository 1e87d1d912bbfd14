"""The whole system over a real ROS graph: real nodes in real processes, a domain a test."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from arm_trainer.domain import OwnDomain
from graph import Graph, on_graph
from processes import Process, Start, executable


@pytest.fixture
def domain_id() -> Iterator[int]:
    """A ROS domain of the test's own."""
    domain = OwnDomain()
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
    processes: list[Process] = []

    def run(name: str, *arguments: object, **parameters: object) -> Process:
        command = [str(executable(name)), *map(str, arguments)]
        if parameters:
            command += ["--ros-args"]
            for key, value in parameters.items():
                command += ["-p", f"{key}:={value}"]
        process = Process(command, {"ROS_DOMAIN_ID": str(domain_id)}, tmp_path)
        processes.append(process)
        return process

    yield run
    for process in processes:
        process.close()


@pytest.fixture(scope="session")
def trained_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run folder of a short PPO training over ROS, by the installed command."""
    logs = tmp_path_factory.mktemp("logs")
    done = subprocess.run(
        [executable("train"), "--algorithm", "PPO", "--steps", "40000", "--log-dir", logs],
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (run,) = (logs / "fetch_arm").iterdir()
    return run
