"""The renderer names its device, an unused GPU, and what is missing for OpenGL."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from arm_sim.common.errors import UserError
from arm_sim.rendering.offscreen import QUALITIES, OffscreenRenderer, drawn_home
from arm_sim.robot.model import copy_model
from arm_sim.robot.robot import Robot
from arm_sim.scene.loader import load_robot


def make(robot: Robot) -> OffscreenRenderer:
    return OffscreenRenderer(copy_model(robot.model), ("top_camera",), 64, 48, QUALITIES["fast"])


@pytest.fixture
def renderer(robot: Robot) -> Iterator[OffscreenRenderer]:
    made = make(robot)
    yield made
    made.close()


def test_without_opengl_the_sentence_says_what_to_install(
    robot: Robot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: int) -> None:
        raise RuntimeError("no EGL device")

    monkeypatch.setattr("mujoco.egl.GLContext", fail)
    with pytest.raises(UserError, match=r"no EGL device.*apt-get install"):
        make(robot)


def test_the_renderer_is_named(renderer: OffscreenRenderer) -> None:
    assert renderer.device
    assert renderer.on_cpu == ("llvmpipe" in renderer.device)


def test_a_gpu_that_is_there_but_does_not_draw_is_told_of(
    renderer: OffscreenRenderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, devices, told in (
        ("llvmpipe (LLVM 15.0.6, 256 bits)", [Path("/dev/nvidia0")], Path("/dev/nvidia0")),
        ("llvmpipe (LLVM 15.0.6, 256 bits)", [], None),
        ("NVIDIA H100/PCIe/SSE2", [Path("/dev/nvidia0")], None),
    ):
        renderer.device = name
        monkeypatch.setattr(Path, "glob", lambda path, pattern, found=devices: iter(found))
        assert renderer.idle_gpu == told


@pytest.mark.parametrize("mode", ["targetbody", "targetbodycom"])
def test_a_camera_that_faces_a_body_has_it_in_the_middle(
    write_arm: Callable[..., Path], mode: str
) -> None:
    wrist = '<body name="wrist_3_link" pos="0 0.10 0" gravcomp="1">'
    ball = '<geom size="0.06" rgba="1 0 0 1" contype="0" conaffinity="0" mass="0"/>'
    camera = f'<camera name="eye" pos="0.35 -2.05 1.05" mode="{mode}" target="wrist_3_link"/>'
    changes = {wrist: wrist + ball, "<worldbody>": "<worldbody>" + camera}
    robot = load_robot(str(write_arm("six_axis_arm", changes)))
    renderer = OffscreenRenderer(copy_model(robot.model), ("eye",), 101, 101, QUALITIES["fast"])
    drawn, frames = drawn_home(robot), np.zeros((1, 101, 101, 3), np.uint8)
    for pan in (-0.3, 0.4):
        drawn[robot.arm[0]] = pan
        renderer.draw(drawn, frames)
        red, green, blue = frames[0, 50, 50].astype(int)
        assert red > 100 and red > 2 * green and red > 2 * blue
    renderer.close()
