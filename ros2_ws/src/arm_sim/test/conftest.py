"""What the tests of this package share."""

import hypothesis
import pytest

from arm_sim.robot.robot import Robot, load_robot

# The same examples every time, at any speed of the machine.
hypothesis.settings.register_profile("repeatable", deadline=None, database=None, derandomize=True)
hypothesis.settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def robot() -> Robot:
    """The built-in arm."""
    return load_robot()
