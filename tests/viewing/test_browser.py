"""The live view in a browser: it shows the arm, on this machine alone, and ends with the node."""

import socket
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sensor_msgs.msg import JointState

from arm_sim.rendering.web_viewer import free_port
from arm_sim.scene.loader import load_robot
from support.browser import Page, browse
from support.graph import Graph
from support.messages import placed
from support.processes import Process, Start


def listening(pid: int) -> list[str]:
    """The local addresses (hexadecimal, as in /proc) on which a process listens over TCP."""
    inodes = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        link = str(entry.readlink()) if entry.is_symlink() else ""
        if link.startswith("socket:"):
            inodes.add(link[len("socket:[") : -1])
    found = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:  # LISTEN
                found.append(fields[1])
    return found


def blue(picture: np.ndarray) -> np.ndarray:
    """Where the arm's blue hubs are, (H, W)."""
    red, green, blue = np.moveaxis(picture.astype(int), 2, 0)
    return (blue > 90) & (blue > 2 * red) & (blue > green + 25)


def red(picture: np.ndarray) -> np.ndarray:
    """Where the target is, (H, W)."""
    red, green, blue = np.moveaxis(picture.astype(int), 2, 0)
    return (red > 110) & (red > 3 * green) & (red > 3 * blue)


def wait_for_picture(page: Page, accept: Callable[[np.ndarray], bool]) -> np.ndarray:
    """The first screenshot that is accepted; fails the test if none comes."""
    deadline = time.monotonic() + 60
    while not accept(picture := page.screenshot()):
        assert time.monotonic() < deadline, "the page never showed it"
        time.sleep(0.3)
    return picture


def center(mask: np.ndarray) -> np.ndarray:
    return np.argwhere(mask).mean(axis=0)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("mode", ["realtime", "lockstep"])
def test_the_arm_is_seen_and_moves(start: Start, graph: Graph, tmp_path: Path, mode: str) -> None:
    port = free_port()
    simulator = start("sim_node", mode=mode, web_port=port, cameras="none", num_arms=2)
    address = f"http://127.0.0.1:{port}/"
    simulator.wait_for(address)

    with browse(address, tmp_path / "browser") as page:
        # The hubs and the target, a good part of the page that is neither, nor just a border.
        before = wait_for_picture(page, lambda p: blue(p).sum() > 200 and red(p).sum() > 20)
        assert blue(before).mean() < 0.1 and red(before).mean() < 0.05
        assert np.ptp(np.argwhere(blue(before)), axis=0).min() > 20
        if mode == "lockstep":
            graph.publish("joint_reset", JointState())
        goal = np.add(load_robot().goal_home, [0.3, 0.0, 0.0])
        graph.publish("object_reset", placed({"arm_0/target": goal}))
        wait_for_picture(
            page,
            lambda p: (
                bool(red(p).any()) and np.linalg.norm(center(red(p)) - center(red(before))) > 15
            ),
        )
    assert simulator.end() == 0
    assert "Traceback" not in simulator.output


def test_it_listens_on_this_machine_alone(start: Start) -> None:
    port = free_port()
    simulator = start("sim_node", web_port=port, cameras="none")
    simulator.wait_for(f"http://127.0.0.1:{port}/")
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
        assert b"<html" in answer.read().lower()
    addresses = listening(simulator.popen.pid)
    assert f"0100007F:{port:04X}" in addresses
    assert all(address.startswith("0100007F:") for address in addresses), addresses


def ends_well(simulator: Process) -> None:
    assert simulator.end() == 0
    assert "Traceback" not in simulator.output


def test_the_node_ends_with_the_view_on(start: Start) -> None:
    port = free_port()
    simulator = start("sim_node", web_port=port)
    simulator.wait_for("drawn by")
    ends_well(simulator)
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_without_web_port_nothing_listens(start: Start) -> None:
    simulator = start("sim_node", cameras="none")
    simulator.wait_for("in realtime mode")
    assert listening(simulator.popen.pid) == []


def test_a_port_in_use_is_one_sentence(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        simulator = start("sim_node", web_port=port)
        assert simulator.wait(20) == 2
    (line,) = [line for line in simulator.output.splitlines() if not line.startswith("[INFO]")]
    assert line.startswith(f"sim_node: web_port {port} can't be had on 127.0.0.1: Address already")
    assert "valid: a free port" in line
