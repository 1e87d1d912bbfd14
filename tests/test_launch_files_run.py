"""Every launch file is really executed: by `ros2 launch`, or else by play_launch."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from geometry_msgs.msg import PoseStamped
from sensor_msgs.msg import JointState

from graph import Graph
from processes import ROOT, Process

PLAY_LAUNCH = ROOT.parent / "shared" / "tools" / "play_launch_env.sh"
Launch = Callable[..., Process]


def prefix() -> list[str]:
    """The command that executes launch files here, up to the file."""
    if shutil.which("ros2"):
        return ["ros2", "launch"]
    if PLAY_LAUNCH.is_file() and shutil.which("play_launch"):
        script = f'. "{PLAY_LAUNCH}"; exec play_launch launch "$@" --disable-all'
        return ["bash", "-c", script, "bash"]
    pytest.skip("neither ros2 launch nor play_launch with its environment file is here")


def descendants(pid: int) -> list[int]:
    children = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True
    ).stdout.split()
    return [int(child) for child in children] + [
        pid_of for child in children for pid_of in descendants(int(child))
    ]


@pytest.fixture
def launch(domain_id: int, tmp_path: Path) -> Iterator[Launch]:
    processes: list[Process] = []

    def run(file: Path, **arguments: object) -> Process:
        command = [*prefix(), str(file), *(f"{k}:={v}" for k, v in arguments.items())]
        process = Process(command, {"ROS_DOMAIN_ID": str(domain_id)}, tmp_path)
        processes.append(process)
        return process

    yield run
    for process in processes:
        family = descendants(process.popen.pid)
        process.close()
        for pid in family:
            if Path(f"/proc/{pid}").exists():
                os.kill(pid, signal.SIGKILL)


def ends_within_five_seconds(process: Process) -> None:
    """On SIGINT everything that was started is gone within 5 s."""
    family = descendants(process.popen.pid)
    assert family
    process.popen.send_signal(signal.SIGINT)
    deadline = time.monotonic() + 5.0
    alive = [process.popen.pid, *family]
    while alive and time.monotonic() < deadline:
        process.popen.poll()
        alive = [pid for pid in alive if _runs(pid)]
        time.sleep(0.05)
    assert not alive, process.output


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("folder", ["launch", "install"])
def test_sim_publishes_states(launch: Launch, graph: Graph, folder: str) -> None:
    file = ROOT / "launch" / "sim.launch.py"
    if folder == "install":
        file = ROOT / "ros2_ws/install/arm_sim/share/arm_sim/launch/sim.launch.py"
    process = launch(file, num_arms=2, cameras="none", namespace="left", observation_delay=0.1)
    states = graph.reader(JointState, "left/joint_states")
    assert states.next(timeout=30).name[0] == "arm_0/shoulder_pan_joint"
    ends_within_five_seconds(process)


def test_train_leaves_a_run(launch: Launch, tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    launch(ROOT / "launch" / "train.launch.py", steps=3000, num_arms=8, log_dir=logs)
    deadline = time.monotonic() + 90
    while not list(logs.glob("fetch_arm/ppo_*/arm_ppo_final.zip")):
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_train_stops_on_sigint(launch: Launch, tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    process = launch(ROOT / "launch" / "train.launch.py", steps=10_000_000, log_dir=logs)
    deadline = time.monotonic() + 60
    while not list(logs.glob("fetch_arm/ppo_*/events*")):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    time.sleep(1.0)
    ends_within_five_seconds(process)


def test_deploy_moves_the_arm(launch: Launch, graph: Graph, trained_run: Path) -> None:
    process = launch(ROOT / "launch" / "deploy.launch.py", policy=trained_run)
    states = graph.reader(JointState, "joint_states")
    commands = graph.reader(JointState, "joint_command")
    first = states.next(timeout=30)
    assert commands.next(timeout=30)
    pose = PoseStamped()
    pose.header.frame_id = "base_link"
    pose.pose.position.x, pose.pose.position.y, pose.pose.position.z = 0.6, 0.4, 0.9
    graph.publish("target_pose", pose)
    states.next(accept=lambda state: state.position[0] - first.position[0] > 0.2)  # To the left.
    ends_within_five_seconds(process)
