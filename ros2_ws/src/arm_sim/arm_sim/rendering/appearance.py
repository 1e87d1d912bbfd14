"""Appearance: light, colours, camera poses and noise, other ones for each arm and each reset.

What is drawn follows from the seed, the arm and how often it was placed, and the noise from the
time shown; so equal runs look equal, to the bit, in whatever process they are drawn.
"""

import mujoco
import numpy as np
import pydantic
from numpy.typing import NDArray

from arm_sim.common.arrays import Floats
from arm_sim.common.config import settings
from arm_sim.robot.robot import Robot

# How much of the colours' variation the target takes part in: it is red whatever happens.
_TARGETS_PART = 0.25
# How many places in the noise's supply a frame's noise may begin at.
_NOISE_PLACES = 2**18


@settings
class Appearance:
    """How far what the cameras see varies; with every strength 0 it does not."""

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
        0, ge=0, le=2**31 - 1, description="What the appearances are drawn from"
    )

    @property
    def varies(self) -> bool:
        """Whether anything but noise differs between arms and resets."""
        return any((self.light, self.colour, self.camera_position, self.camera_rotation))


class Looks:
    """Gives a model the look of one arm after another."""

    def __init__(self, appearance: Appearance, robot: Robot, model: mujoco.MjModel) -> None:
        """Remembers how a model, a copy of the robot's, looks by itself."""
        self._appearance = appearance
        self._model = model
        headlight = model.vis.headlight
        self._lights = [
            (light, light.copy())
            for light in (headlight.ambient, headlight.diffuse, model.light_diffuse)
        ]
        self._colours = [(c, c.copy()) for c in (model.mat_rgba[:, :3], model.geom_rgba[:, :3])]
        on_target = np.isin(model.geom_bodyid, model.jnt_bodyid[robot.target])
        materials = np.isin(np.arange(model.nmat), model.geom_matid[on_target])
        self._parts = [np.where(of, _TARGETS_PART, 1.0)[:, None] for of in (materials, on_target)]
        # A geom of a material keeps MuJoCo's mark for "see there".
        self._parts[1][model.geom_matid >= 0] = 0.0
        self._positions = model.cam_pos.copy()
        self._rotations = model.cam_quat.copy()

    def put_on(self, arm: int, reset_counts: int) -> None:
        """Makes the model look as this arm does since it was placed so often."""
        wanted, model = self._appearance, self._model
        random = np.random.default_rng([wanted.seed, arm, reset_counts])

        def spread(strength: float, shape: tuple[int, ...]) -> Floats:
            return random.uniform(-strength, strength, shape)

        room, sun = 1.0 + spread(wanted.light, (2,))
        for (light, plain), factor in zip(self._lights, (room, room, sun), strict=True):
            light[:] = plain * factor
        for (colour, plain), part in zip(self._colours, self._parts, strict=True):
            colour[:] = np.clip(plain + part * spread(wanted.colour, plain.shape), 0.0, 1.0)
        model.cam_pos[:] = self._positions + spread(wanted.camera_position, self._positions.shape)
        for quaternion, plain, turn in zip(
            model.cam_quat,
            self._rotations,
            spread(wanted.camera_rotation, self._positions.shape),
            strict=True,
        ):
            quaternion[:] = plain
            mujoco.mju_quatIntegrate(quaternion, turn, 1.0)


class Noise:
    """Adds noise to frames; a supply drawn once is read from a place that the time decides."""

    def __init__(self, appearance: Appearance, pixels: int) -> None:
        """Draws noise for frames of so many numbers."""
        random = np.random.default_rng([appearance.seed])
        supply = random.normal(0.0, appearance.noise, _NOISE_PLACES + pixels)
        self._supply = np.rint(supply).astype(np.int16)
        self._seed = appearance.seed

    def add(self, frames: NDArray[np.uint8], arm: int, time_ns: int) -> None:
        """Adds the noise of this time to an arm's frames (K, H, W, 3), in place."""
        random = np.random.default_rng([self._seed, arm, time_ns])
        for frame in frames:
            begin = random.integers(_NOISE_PLACES)
            noise = self._supply[begin : begin + frame.size].reshape(frame.shape)
            frame[:] = np.clip(frame + noise, 0, 255)
