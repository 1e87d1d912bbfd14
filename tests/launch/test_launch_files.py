"""Every launch file is really executed: by `ros2 launch`, or else by play_launch."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from geometry_msgs.msg import PoseStamped
from sensor_msgs.msg import Image, JointState
from visualization_msgs.msg import MarkerArray

from support.graph import SIMULATOR_AND_CONTROLLER, Graph, wait_until
from support.processes import ROOT, Process
from support.shared_once import shared_once

PLAY_LAUNCH = ROOT.parent / "shared" / "tools" / "play_launch_env.sh"
Launch = Callable[..., Process]


class Launcher(NamedTuple):
    """The command that executes a launch file, up to the file, and its environment."""

    command: list[str]
    environment: dict[str, str]


@pytest.fixture(scope="session")
def launcher(tmp_path_factory: pytest.TempPathFactory) -> Launcher:
    if shutil.which("ros2"):
        return Launcher(["ros2", "launch"], {})
    if not (PLAY_LAUNCH.is_file() and shutil.which("play_launch")):
        pytest.skip("neither ros2 launch nor play_launch with its environment file is here")

    def make(file: Path) -> None:
        # Once, as it compiles libraries.
        script = f'. "{PLAY_LAUNCH}" && env -0'
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
        file.write_text(done.stdout)

    lines = shared_once(tmp_path_factory, "play_launch_environment", make).read_text().split("\0")
    environment = dict(line.split("=", 1) for line in lines if line)
    return Launcher(["play_launch", "launch", "--disable-all"], environment)


def descendants(pid: int) -> list[int]:
    children = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True
    ).stdout.split()
    return [int(child) for child in children] + [
        pid_of for child in children for pid_of in descendants(int(child))
    ]


@pytest.fixture
def launch(launcher: Launcher, domain_id: int, tmp_path: Path) -> Iterator[Launch]:
    processes: list[Process] = []

    def run(file: Path, environment: dict[str, str] | None = None, **arguments: object) -> Process:
        command = [*launcher.command, str(file), *(f"{k}:={v}" for k, v in arguments.items())]
        variables = {"ROS_DOMAIN_ID": str(domain_id), **(environment or {})}
        variables = {**launcher.environment, **variables}
        process = Process(command, variables, tmp_path)
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
    ends(process, within=5.0)


def ends(process: Process, within: float) -> None:
    family = descendants(process.popen.pid)
    assert family
    process.popen.send_signal(signal.SIGINT)
    deadline = time.monotonic() + within
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
    launch(ROOT / "launch" / "train.launch.py", steps=1000, num_arms=8, log_dir=logs)
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
    graph.publish("target_pose", pose, listeners=SIMULATOR_AND_CONTROLLER)
    states.next(accept=lambda state: state.position[0] - first.position[0] > 0.2)  # To the left.
    ends_within_five_seconds(process)


def test_two_simulators_stay_apart_in_their_namespaces(launch: Launch, graph: Graph) -> None:
    sides = ("left", "right")
    processes, states = (
        [],
        {side: graph.reader(JointState, f"{side}/joint_states") for side in sides},
    )
    for side in sides:
        file = ROOT / "launch" / "sim.launch.py"
        processes.append(launch(file, namespace=side, rviz=True, cameras="top_camera"))
        states[side].next(timeout=30)
        graph.reader(Image, f"{side}/top_camera/image_raw").next()
        graph.reader(MarkerArray, f"{side}/markers").next(timeout=30)
    shared = {"/parameter_events", "/rosout"}
    topics = {name for name, _ in graph.node.get_topic_names_and_types()} - shared
    assert {name.split("/")[1] for name in topics} == set(sides)

    graph.publish("left/joint_reset", JointState(name=["elbow_flex_joint"], position=[0.4]))
    states["left"].next(accept=lambda state: abs(state.position[3] - 0.4) < 0.1)
    states["right"].drain()
    assert abs(states["right"].next().position[3] - 1.7) < 0.1  # At home.
    for process in processes:
        ends_within_five_seconds(process)


def fake_package(folder: Path, name: str) -> None:
    """A ROS package with one executable of its name, which writes down how it was called."""
    program = folder / "lib" / name / name
    for directory in (program.parent, folder / "share" / name):
        directory.mkdir(parents=True)
    index = folder / "share/ament_index/resource_index/packages"
    index.mkdir(parents=True, exist_ok=True)
    (index / name).touch()
    program.write_text(
        "#!/bin/sh\n"
        f"cd {folder.parent}\n"  # Files are named relative to where the launch began.
        f"exec > {folder}/{name}.new\n"
        'echo "$@"\n'
        'for a in "$@"; do [ ! -f "$a" ] || cat "$a"; done\n'
        f"mv {folder}/{name}.new {folder}/{name}.called\n"
        "exec sleep 1000\n"
    )
    program.chmod(0o755)


@pytest.mark.parametrize("headless", [False, True])
def test_view_starts_what_is_installed(
    launch: Launch, graph: Graph, tmp_path: Path, headless: bool
) -> None:
    for name in ("rviz2", "robot_state_publisher"):
        fake_package(tmp_path / "ros", name)
    path = f"{tmp_path / 'ros'}:{os.environ['AMENT_PREFIX_PATH']}"
    process = launch(
        ROOT / "launch" / "view.launch.py",
        {"AMENT_PREFIX_PATH": path},
        namespace="left",
        headless=headless,
    )
    publisher = tmp_path / "ros" / "robot_state_publisher.called"
    wait_until(publisher.is_file, timeout=30)
    said = publisher.read_text()
    assert '<robot name="fetch_arm">' in said
    assert '<link name="front_camera_optical_frame"' in said
    rviz = tmp_path / "ros" / "rviz2.called"
    if headless:
        time.sleep(1.0)
        assert not rviz.exists()
    else:
        wait_until(rviz.is_file)
        said = rviz.read_text()
        assert "arm.rviz" in said and "rviz_default_plugins/MarkerArray" in said
        assert "__ns:=/left" in said and "/tf:=tf" in said and "/clock:=clock" in said
    markers = graph.reader(MarkerArray, "left/markers")

    def shown() -> bool:
        # Again and again: one side may have matched before the other, and one message is lost.
        graph.publish("left/joint_states", JointState(name=["elbow_flex_joint"], position=[0.5]))
        return markers.next_or_none(0.5) is not None

    wait_until(shown, timeout=20.0)
    ends_within_five_seconds(process)


def test_view_shows_markers_where_nothing_is_installed(launch: Launch, graph: Graph) -> None:
    process = launch(ROOT / "ros2_ws/install/arm_sim/share/arm_sim/launch/view.launch.py")
    graph.publish("joint_states", JointState(name=["elbow_flex_joint"], position=[0.5]))
    graph.reader(MarkerArray, "markers").next()
    ends_within_five_seconds(process)


def wait_for_file(folder: Path, pattern: str, timeout: float) -> None:
    wait_until(lambda: bool(list(folder.glob(pattern))), timeout=timeout)


@pytest.mark.parametrize("name", ["compare", "demo"])
def test_what_trains_stops_on_sigint(launch: Launch, tmp_path: Path, name: str) -> None:
    logs = tmp_path / "logs"
    process = launch(ROOT / "launch" / f"{name}.launch.py", steps=10_000_000, log_dir=logs)
    wait_for_file(logs, "**/events*", timeout=60)
    time.sleep(1.0)
    # A comparison waits for its training, which saves a checkpoint and a policy first.
    ends(process, within=10.0 if name == "compare" else 5.0)


def test_demo_closes_the_loop(launch: Launch, tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    launch(ROOT / "launch" / "demo.launch.py", steps=2000, targets=1, log_dir=logs)
    wait_for_file(logs, "fetch_arm/ppo_*/deployed.gif", timeout=90)
