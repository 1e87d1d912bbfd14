"""Settings of how much the look of a robot's scene varies between arms and between episodes.

`rendering/appearance.py` applies them.
"""

import pydantic

from arm_sim.common.config import settings


@settings
class Appearance:
    """Largest deviations from the model's own look; all 0 by default, which changes nothing."""

    light: float = pydantic.Field(
        0.0, ge=0.0, le=1.0, description="Every light's strength varies by up to this part"
    )
    colour: float = pydantic.Field(
        0.0,
        ge=0.0,
        le=1.0,
        description="Red, green and blue of every material vary by up to this (of 1), the "
        "target's by a quarter of it; the sky stays",
    )
    camera_position: float = pydantic.Field(
        0.0, ge=0.0, le=1.0, description="Cameras are off by up to this along each axis, m"
    )
    camera_rotation: float = pydantic.Field(
        0.0, ge=0.0, le=1.0, description="Cameras are turned by up to this about each axis, rad"
    )
    noise: float = pydantic.Field(
        0.0, ge=0.0, le=64.0, description="Standard deviation of the pixels' noise, of 255 levels"
    )
    seed: int = pydantic.Field(
        0, ge=0, le=2**31 - 1, description="Seed from which the appearances are drawn"
    )

    @property
    def varies(self) -> bool:
        """Whether anything but the noise differs between arms and resets."""
        return any((self.light, self.colour, self.camera_position, self.camera_rotation))
