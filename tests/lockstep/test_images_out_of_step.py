"""With cameras, a state counts only with the images of its very stamp; else one sentence says why.

The simulator is real, its camera is played by the test where it has to misbehave.
"""

import threading
from collections.abc import Callable, Iterator

import cv2
import numpy as np
import pytest
from sensor_msgs.msg import Image, JointState

from arm_sim.ros.joint_messages import set_stamp, stamp_ns
from arm_sim.scene.loader import load_robot
from arm_trainer.backends.backend import SimulatorLost
from arm_trainer.backends.camera_views import Views
from arm_trainer.backends.in_process import InProcessBackend
from arm_trainer.ros.backend import RosBackend
from support.graph import Graph
from support.processes import Start

PERIOD = 0.05
VIEWS = Views(("front_camera",), size=16)
Play = Callable[[Callable[[Image], list[Image]]], None]


def connect(domain_id: int, timeout: float = 10.0, views: Views = VIEWS) -> RosBackend:
    return RosBackend(
        load_robot(), 1, PERIOD, domain_id=domain_id, answer_timeout=timeout, views=views
    )


def home() -> np.ndarray:
    robot = load_robot()
    return robot.home[robot.command_indices][None]


@pytest.fixture
def play(start: Start, graph: Graph) -> Iterator[Play]:
    """Starts a simulator without cameras, and a camera that answers each state as it is told to."""
    stop = threading.Event()
    threads: list[threading.Thread] = []

    def begin(answer: Callable[[Image], list[Image]]) -> None:
        start("sim_node", mode="lockstep", cameras="none")
        states = graph.reader(JointState, "joint_states")

        def run() -> None:
            while not stop.is_set():
                if (state := states.next_or_none(0.1)) is None:
                    continue
                image = Image(height=16, width=16, encoding="rgb8", step=48)
                image.header.stamp = state.header.stamp
                image.data = np.full(768, stamp_ns(state) // 50_000_000 % 256, np.uint8).tobytes()
                for message in answer(image):
                    # Like any camera, also to nobody: at the end the trainer goes first.
                    graph.publish("front_camera/image_raw", message, listeners=0)

        threads.append(threading.Thread(target=run))
        threads[0].start()

    yield begin
    stop.set()
    for thread in threads:
        thread.join()


def test_a_camera_that_comes_after_its_state_is_waited_for(play: Play, domain_id: int) -> None:
    play(lambda image: [image])
    backend = connect(domain_id)
    for step in range(1, 6):
        state = backend.step(home())
        assert (state.images == step).all() and state.stamp_ns == step * 50_000_000
    backend.close()


def test_an_image_that_is_late_once_is_asked_for_again(play: Play, domain_id: int) -> None:
    heard: list[int] = []

    def every_other(image: Image) -> list[Image]:
        heard.append(stamp_ns(image))
        if heard.count(heard[-1]) > 1:
            return [image]
        set_stamp(image.header.stamp, max(0, heard[-1] - 50_000_000))
        return [image]

    play(every_other)
    backend = connect(domain_id)
    for step in range(1, 4):
        assert (backend.step(home()).images == step).all()
    backend.close()


def test_images_out_of_step_are_named_with_both_stamps(play: Play, domain_id: int) -> None:
    def ahead(image: Image) -> list[Image]:
        if stamp_ns(image) > 0:
            set_stamp(image.header.stamp, stamp_ns(image) + 1)
        return [image]

    play(ahead)
    backend = connect(domain_id)
    backend._client.answer_timeout = 1.0  # No complete answer will come.
    with pytest.raises(
        SimulatorLost,
        match=r"^/front_camera/image_raw .* stamped 0\.050000000, .* came stamped 0\.050000001\.$",
    ):
        backend.step(home())
    backend.close()


def test_an_unknown_encoding_is_named(play: Play, domain_id: int) -> None:
    def grey(image: Image) -> list[Image]:
        image.encoding = "grey8"
        return [image]

    play(grey)
    with pytest.raises(
        SimulatorLost, match=r"^/front_camera/image_raw .* 'grey8', .* .valid: rgb8"
    ):
        connect(domain_id)


@pytest.mark.parametrize("absent", ["front_camera", "top_camera"])
def test_a_camera_that_is_not_there_is_named(start: Start, domain_id: int, absent: str) -> None:
    views = Views(("front_camera", "top_camera"), size=16)
    (there,) = {*views.cameras} - {absent}
    start("sim_node", mode="lockstep", cameras=there, image_width=16, image_height=16)
    with pytest.raises(
        SimulatorLost, match=rf"^/{absent}/image_raw .* none came at all within 2 s: .* publish"
    ):
        connect(domain_id, timeout=2.0, views=views)


def test_images_of_another_size_are_resized(start: Start, domain_id: int) -> None:
    start("sim_node", mode="lockstep", image_width=64, image_height=64)
    large = InProcessBackend(load_robot(), 1, PERIOD, views=Views(VIEWS.cameras, size=64))
    backend = connect(domain_id)
    expected = cv2.resize(large.step(home()).images[0, 0], (16, 16), interpolation=cv2.INTER_AREA)
    np.testing.assert_array_equal(backend.step(home()).images[0, 0], expected)
    backend.close()
    large.close()
