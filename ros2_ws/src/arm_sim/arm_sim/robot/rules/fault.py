"""Fault and Rule: the types that every rule shares."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import mujoco

from arm_sim.robot.settings import RobotSettings


@dataclass(frozen=True)
class Fault:
    """One reason why a model and its robot YAML can't be loaded.

    Attributes:
        message: One or two sentences in one line: what is wrong, and what is valid.
        snippet: MJCF to add to the model as a remedy; '' where there is none.
    """

    message: str
    snippet: str = ""


# Yields every fault of one kind. A rule must bear what breaks the other rules: all are checked.
Rule = Callable[[mujoco.MjModel, RobotSettings], Iterator[Fault]]
