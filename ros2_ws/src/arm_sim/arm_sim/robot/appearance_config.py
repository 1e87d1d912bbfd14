"""Settings of how much the appearance of a robot's scene varies between arms and between episodes.

`rendering/appearance.py` applies them.
"""

import pydantic

from arm_sim.common.config import settings


@settings
class Appearance:
    """Largest deviations from the colours, lights and cameras of the model; 0: no deviation."""

    light: float = pydantic.Field(
        0.0, ge=0.0, le=1.0, description="Brightness of each light varies by up to this fraction"
    )
    colour: float = pydantic.Field(
        0.0,
        ge=0.0,
        le=1.0,
        description="Red, green and blue of every material, from 0 to 1, vary by up to this, the "
        "target's by a quarter of it; the sky does not change",
    )
    camera_position: float = pydantic.Field(
        0.0, ge=0.0, le=1.0, description="Cameras are moved by up to this along each axis, m"
    )
    camera_rotation: float = pydantic.Field(
        0.0, ge=0.0, le=1.0, description="Cameras are turned by up to this about each axis, rad"
    )
    noise: float = pydantic.Field(
        0.0, ge=0.0, le=64.0, description="Standard deviation of pixel noise; pixels are 0 to 255"
    )
    seed: int = pydantic.Field(
        0, ge=0, le=2**31 - 1, description="Seed from which the appearances are drawn"
    )

    @property
    def varies(self) -> bool:
        """Whether anything but the noise differs between arms and resets."""
        return any((self.light, self.colour, self.camera_position, self.camera_rotation))
