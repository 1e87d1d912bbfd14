"""Fixtures that the tests of both packages share."""

import os
from collections.abc import Iterator

import hypothesis
import pytest

from arm_sim.rendering.software_rendering import render_on_calling_thread
from arm_sim.robot.robot import Robot
from arm_sim.scene.loader import load_robot

# The same examples every time, at any speed of the machine.
hypothesis.settings.register_profile("repeatable", deadline=None, database=None, derandomize=True)
hypothesis.settings.load_profile("repeatable")


@pytest.fixture(autouse=True, scope="session")
def software_rendering() -> None:
    """Renders as the commands do."""
    render_on_calling_thread()


@pytest.fixture(autouse=True, scope="session")
def own_ros_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keeps derived scenes and meshes in a folder that all processes of this test run share."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ROS_HOME", str(folder / "ros_home"))
        yield


@pytest.fixture(scope="session", name="robot")
def built_in_robot() -> Robot:
    """The built-in arm."""
    return load_robot()
