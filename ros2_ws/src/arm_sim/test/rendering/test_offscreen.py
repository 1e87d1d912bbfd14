"""The renderer names its device, an unused GPU, and what is missing for OpenGL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from arm_sim.common.errors import UserError
from arm_sim.rendering.offscreen import QUALITIES, OffscreenRenderer
from arm_sim.robot.model import copy_model
from arm_sim.robot.robot import Robot


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
