"""Settings of a policy that finds the target in camera images."""

import dataclasses

import pydantic

from arm_sim.common.config import settings
from arm_sim.robot.appearance_config import Appearance
from arm_sim.robot.robot import Robot
from arm_trainer.backends.camera_views import Views, find_cameras


@settings
class VisionSettings:
    """Cameras of a policy that sees, and how it is trained."""

    cameras: list[str] = pydantic.Field(
        [],
        max_length=8,
        description="Names of cameras, with or without '_camera'; empty for all of the robot's",
    )
    image_size: int = pydantic.Field(64, ge=16, le=512, description="Width and height, px")
    frame_stack: int = pydantic.Field(4, ge=1, le=16, description="Frames seen at once")
    end_to_end: bool = pydantic.Field(
        False,
        description="The algorithm itself learns from the images, without teacher and encoder",
    )
    frames: int = pydantic.Field(
        10_000,
        ge=64,
        description="Samples that the encoder learns from, each with a frame of every camera",
    )
    epochs: int = pydantic.Field(4, ge=1, description="The encoder's passes over its samples")
    appearance: Appearance | None = pydantic.Field(
        None, description="How colours and light vary in training; null for not at all"
    )

    def seeded_appearance(self, seed: int, unseen: bool = False) -> Appearance | None:
        """Returns how colours and light vary in a run; None if they don't.

        Args:
            seed: The run's seed.
            unseen: Whether to draw other appearances than the training's.
        """
        if self.appearance is None:
            return None
        drawn = (2 * (self.appearance.seed + seed) + unseen) % 2**31
        return dataclasses.replace(self.appearance, seed=drawn)  # type: ignore[type-var]

    def views(self, robot: Robot) -> Views:
        """Returns the cameras, image size and frame stack for a robot.

        Raises:
            UserError: If the robot has no such camera.
        """
        return Views(find_cameras(robot, self.cameras), self.image_size, self.frame_stack)
