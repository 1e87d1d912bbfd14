"""Rule: the type that every rule has."""

from collections.abc import Callable, Iterator

import mujoco

from arm_sim.robot.scene_settings import SceneSettings

# Yields every fault of one kind, one or two sentences in one line each: what is wrong, and what is
# valid. A rule must bear what breaks the other rules, as all are checked.
Rule = Callable[[mujoco.MjModel, SceneSettings], Iterator[str]]
