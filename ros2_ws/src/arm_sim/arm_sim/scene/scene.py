"""Scene: a robot's composed scene, as it is derived and kept."""

from dataclasses import dataclass

import mujoco

from arm_sim.robot.scene_settings import SceneSettings


@dataclass(frozen=True)
class Scene:
    """A composed scene.

    Attributes:
        model: The compiled model.
        settings: Complete settings.
        notes: What was found in the robot's file and chosen, a sentence each.
    """

    model: mujoco.MjModel
    settings: SceneSettings
    notes: tuple[str, ...]
