"""A policy that sees moves the arm by what the cameras show, and holds it when they don't."""

import json
import subprocess
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from sensor_msgs.msg import Image, JointState

from arm_sim.common.errors import UserError
from arm_sim.ros.joint_messages import set_stamp, stamp_ns
from arm_trainer.cli.evaluate import run_evaluation
from support.built_in_arm import PAN
from support.command_record import CommandRecord, assert_within_limits
from support.controller_client import ControllerDiagnostics
from support.graph import Graph, wait_until
from support.messages import pose
from support.mock_arm import MockArm
from support.mock_cameras import MockCameras, red_at, unspoilt
from support.periodic import running
from support.processes import Start, executable
from support.untrained_policies import VIEWS, camera_policy

SIMULATOR = {"image_width": VIEWS.size, "image_height": VIEWS.size, "camera_rate": 40.0}


@pytest.fixture(scope="module")
def seeing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return camera_policy(tmp_path_factory.mktemp("seeing") / "policy")


def test_the_arm_goes_where_the_target_is_seen(start: Start, seeing: Path, graph: Graph) -> None:
    """Nobody tells the controller: target_pose and object_states do not reach it."""
    diagnostics = ControllerDiagnostics(graph)
    start("sim_node", cameras=",".join(VIEWS.cameras), **SIMULATOR)
    states = graph.reader(JointState, "joint_states")
    renamed = {"object_states": "nobody_shows", "target_pose": "nobody_tells"}
    process = start("controller_node", policy=seeing, remap=renamed)
    process.wait_for("Commanding")
    for side in (1.0, -1.0):
        graph.publish("target_pose", pose((0.7, 0.4 * side, 0.9)))
        states.next(accept=lambda state, side=side: state.position[PAN] * side > 0.8)
    said = diagnostics.wait_for(lambda message, values: "target estimated (m)" in values)
    assert np.allclose(
        [float(v) for v in said["target estimated (m)"].strip("[]").split(",")],
        (0.7, -0.4, 0.9),
        atol=0.1,
    )
    assert "target (m)" not in said
    assert "age of frames: mean, p99, max (ms)" in said
    assert "no target" not in process.output and "Traceback" not in process.output


def nothing(camera: str, image: Image) -> Image | None:
    return None


def top_stops(camera: str, image: Image) -> Image | None:
    return None if camera == "top_camera" else image


def encoded_otherwise(camera: str, image: Image) -> Image:
    image.encoding = "32FC1"
    return image


def cut_off(camera: str, image: Image) -> Image:
    image.data = image.data[:100]
    return image


def of_the_past(camera: str, image: Image) -> Image:
    set_stamp(image.header.stamp, stamp_ns(image) - 10**9)
    return image


FAULTS = {
    nothing: "Holding still: no fresh image on /top_camera/image_raw for 0.1 s",
    top_stops: "Holding still: no fresh image on /top_camera/image_raw for 0.1 s",
    encoded_otherwise: "Holding still: /top_camera/image_raw brought an image",
    cut_off: "px in 'rgb8' with 100 bytes",
    of_the_past: "the images on /top_camera/image_raw are stamped more than 0.1 s before the joint",
}


@pytest.mark.timing
def test_it_holds_while_it_does_not_see_and_then_goes_on(
    start: Start, seeing: Path, arm: MockArm, graph: Graph
) -> None:
    record = CommandRecord(graph)
    process = start("controller_node", policy=seeing)
    process.wait_for("Holding still: waiting for /top_camera/image_raw")
    assert record.is_silent(0.3)
    with running(MockCameras(graph, VIEWS.cameras)) as cameras:
        for number, (fault, sentence) in enumerate(FAULTS.items()):
            side = -1.0 if number % 2 else 1.0
            cameras.pixels = red_at(0.4 * side)
            cameras.distort = unspoilt
            # In motion when the fault comes.
            wait_until(lambda side=side: arm.positions[PAN] * side > 0.2, timeout=15.0)
            said = len(process.output)
            cameras.distort = fault
            process.wait_for(sentence, after=said)
            time.sleep(0.2)  # For braking.
            assert record.is_silent(0.3), fault
        cameras.distort = unspoilt
        cameras.pixels = np.repeat(np.repeat(red_at(0.4), 3, axis=0), 3, axis=1)  # Larger.
        record.waits_for_more()
        wait_until(lambda: arm.positions[PAN] > 0.8)
    assert_within_limits(*record.read())
    assert "Traceback" not in process.output


@pytest.mark.parametrize("deployed", [False, True], ids=["in lockstep", "deployed"])
def test_it_is_evaluated_through_the_graph(seeing: Path, tmp_path: Path, deployed: bool) -> None:
    output = tmp_path / "episodes.csv"
    command = [executable("evaluate"), seeing, "--episodes", "1", "--output", output]
    command += ["--deployed"] if deployed else []
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(output.read_text().splitlines()) == 2
    if deployed:
        report = json.loads(output.with_suffix(".json").read_text())["controller"]
        assert any(name.startswith("age of frames") for name in report)


def test_late_images_are_evaluated_deployed_only(seeing: Path) -> None:
    with pytest.raises(UserError, match="with --latency only with --deployed"):
        run_evaluation([str(seeing), "--latency=0,50"], threading.Event())
