"""Varies light, colours, camera poses and pixel noise between arms and between resets.

Everything is drawn from the seed, the arm's number and its reset count, and the noise from the seed
and the time shown; so equal runs look equal to the bit, in whichever process they are rendered.
"""

import mujoco
import numpy as np
from numpy.typing import NDArray

from arm_sim.common.arrays import Floats
from arm_sim.robot.appearance_config import Appearance

# The target's colour varies by this part of the others', so it stays red.
_TARGET_SHARE = 0.25
# Number of places in the prepared noise at which a frame's noise may begin.
_NOISE_PLACES = 2**18


class AppearanceVariation:
    """Gives a model the look of one arm after another."""

    def __init__(self, appearance: Appearance, model: mujoco.MjModel) -> None:
        """Remembers the default look of a model.

        Args:
            appearance: The largest deviations.
            model: A copy of the robot's model, which `apply` changes.
        """
        self._appearance = appearance
        self._model = model
        headlight = model.vis.headlight
        self._lights = [
            (light, light.copy())
            for light in (headlight.ambient, headlight.diffuse, model.light_diffuse)
        ]
        self._colours = [(c, c.copy()) for c in (model.mat_rgba[:, :3], model.geom_rgba[:, :3])]
        on_target = np.isin(model.geom_bodyid, np.flatnonzero(model.body_mocapid >= 0))
        materials = np.isin(np.arange(model.nmat), model.geom_matid[on_target])
        self._shares = [
            np.where(of_target, _TARGET_SHARE, 1.0)[:, None] for of_target in (materials, on_target)
        ]
        # The colour of a geom with a material is a mark that tells MuJoCo to use the material's.
        self._shares[1][model.geom_matid >= 0] = 0.0
        self._positions = model.cam_pos.copy()
        self._rotations = model.cam_quat.copy()

    def apply(self, arm: int, reset_count: int) -> None:
        """Changes the model to the look of an arm after so many resets."""
        largest, model = self._appearance, self._model
        random = np.random.default_rng([largest.seed, arm, reset_count])

        def deviations(strength: float, shape: tuple[int, ...]) -> Floats:
            return random.uniform(-strength, strength, shape)

        headlight, others = 1.0 + deviations(largest.light, (2,))
        factors = (headlight, headlight, others)
        for (light, default), factor in zip(self._lights, factors, strict=True):
            light[:] = default * factor
        for (colour, default), share in zip(self._colours, self._shares, strict=True):
            varied = default + share * deviations(largest.colour, default.shape)
            colour[:] = np.clip(varied, 0.0, 1.0)
        shape = self._positions.shape
        model.cam_pos[:] = self._positions + deviations(largest.camera_position, shape)
        turns = deviations(largest.camera_rotation, shape)
        for quaternion, default, turn in zip(model.cam_quat, self._rotations, turns, strict=True):
            quaternion[:] = default
            mujoco.mju_quatIntegrate(quaternion, turn, 1.0)


class PixelNoise:
    """Adds normally distributed noise to frames.

    The noise is drawn once; each frame gets a section of it whose place depends on the time.
    """

    def __init__(self, appearance: Appearance, size: int) -> None:
        """Draws the noise for frames of `size` = H·W·3 numbers."""
        random = np.random.default_rng([appearance.seed])
        noise = random.normal(0.0, appearance.noise, _NOISE_PLACES + size)
        self._noise = np.rint(noise).astype(np.int16)
        self._seed = appearance.seed

    def add(self, frames: NDArray[np.uint8], arm: int, time_ns: int) -> None:
        """Adds the noise of an arm and a time, ns, to its frames (K, H, W, 3), in place."""
        random = np.random.default_rng([self._seed, arm, time_ns])
        for frame in frames:
            begin = random.integers(_NOISE_PLACES)
            noise = self._noise[begin : begin + frame.size].reshape(frame.shape)
            frame[:] = np.clip(frame + noise, 0, 255)
