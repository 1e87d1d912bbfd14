"""Fixtures that the tests of both packages share."""

import hypothesis
import pytest

from arm_sim.rendering.software_rendering import render_on_calling_thread
from arm_sim.robot.loader import load_robot
from arm_sim.robot.robot import Robot

# The same examples every time, at any speed of the machine.
hypothesis.settings.register_profile("repeatable", deadline=None, database=None, derandomize=True)
hypothesis.settings.load_profile("repeatable")


@pytest.fixture(autouse=True, scope="session")
def software_rendering() -> None:
    """Renders as the commands do."""
    render_on_calling_thread()


@pytest.fixture(scope="session", name="robot")
def built_in_robot() -> Robot:
    """The built-in arm."""
    return load_robot()
