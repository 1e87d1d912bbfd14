"""CameraRig: renders the cameras of many arms; a camera's image is the arms' frames, stacked.

With `fast` quality a 64×64 frame costs a fraction of a millisecond even on Mesa's software
renderer.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from arm_sim.common.arrays import Floats, Ints
from arm_sim.common.errors import UserError
from arm_sim.rendering.appearance import AppearanceVariation, PixelNoise
from arm_sim.rendering.offscreen import QUALITIES, OffscreenRenderer
from arm_sim.robot.appearance_config import Appearance
from arm_sim.robot.camera_intrinsics import Intrinsics, camera_intrinsics
from arm_sim.robot.model import copy_model
from arm_sim.robot.robot import Robot


class CameraRig:
    """Cameras of every arm of one simulation; made and used by one thread.

    Attributes:
        names: The K cameras rendered.
        width: Image width, px.
        height: Image height of one arm, px.
    """

    def __init__(
        self,
        robot: Robot,
        names: tuple[str, ...],
        width: int = 64,
        height: int = 64,
        quality: str = "fast",
        appearance: Appearance | None = None,
        first_arm: int = 0,
    ) -> None:
        """Makes the OpenGL context.

        Args:
            robot: The robot.
            names: Names of the robot's cameras to render.
            width: Image width, px.
            height: Image height of one arm, px.
            quality: One of `QUALITIES`.
            appearance: How much the look of the arms varies; None for not at all.
            first_arm: Number of the first arm that it renders: the look depends on an arm's number.

        Raises:
            UserError: If a camera or the quality is unknown, the size is out of range, or there is
                no OpenGL.
        """
        unknown = [name for name in names if name not in robot.cameras]
        if unknown:
            raise UserError(
                f"Unknown cameras {', '.join(unknown)} (valid: {', '.join(robot.cameras)})."
            )
        if not names:
            raise UserError(f"No camera is named (valid: {', '.join(robot.cameras)}).")
        if quality not in QUALITIES:
            raise UserError(f"Unknown image quality '{quality}' (valid: {', '.join(QUALITIES)}).")
        if not (8 <= width <= 4096 and 8 <= height <= 4096):
            raise UserError(
                f"The image size is {width}×{height} px; each side must be from 8 to 4096."
            )
        self.names = names
        self.width = width
        self.height = height
        self._first_arm = first_arm
        self._model = model = copy_model(robot.model)
        self._offscreen = OffscreenRenderer(model, names, width, height, QUALITIES[quality])
        varied = appearance or Appearance()
        self._variation = AppearanceVariation(varied, model) if varied.varies else None
        self._noise = PixelNoise(varied, height * width * 3) if varied.noise else None
        # What was rendered last and the reset counts (N, D + 1), and the frames
        # (K, N, H, W, 3) without noise.
        self._rendered: Floats = np.empty((0, model.nq + 4))
        self._frames: NDArray[np.uint8] = np.empty((0, 0, 0, 0, 3), np.uint8)

    @property
    def renderer(self) -> str:
        """OpenGL's name of the device that draws."""
        return self._offscreen.device

    @property
    def software(self) -> bool:
        """Whether the CPU draws."""
        return self._offscreen.on_cpu

    @property
    def idle_gpu(self) -> Path | None:
        """The device file of a GPU, if there is one and yet the CPU draws; else None."""
        return self._offscreen.idle_gpu

    def render(
        self, drawn: Floats, reset_counts: Ints | None = None, time_ns: int = 0
    ) -> dict[str, NDArray[np.uint8]]:
        """Returns one (N·H, W, 3) RGB image for each camera: the arms' frames, top to bottom.

        An arm that has not moved since the last call is not drawn again: in lockstep, most arms
        hold still while some are reset.

        Args:
            drawn: (N, D) state of every arm, see `Simulation.drawn`.
            reset_counts: (N,) how often each arm was reset, from which its look is drawn.
            time_ns: Simulation time, ns, from which the noise is drawn.
        """
        count = len(drawn)
        if reset_counts is None:
            reset_counts = np.zeros(count, np.int64)
        if count != len(self._rendered):
            self._rendered = np.full((count, drawn.shape[1] + 1), np.nan)
            shape = (len(self.names), count, self.height, self.width, 3)
            self._frames = np.empty(shape, np.uint8)
        wanted: Floats = np.column_stack([drawn, reset_counts]).astype(np.float64)
        self._offscreen.make_current()
        for arm in np.flatnonzero((wanted != self._rendered).any(axis=1)):
            self._draw(int(arm), drawn[arm], int(reset_counts[arm]), self._frames[:, arm])
        self._rendered = wanted
        frames = self._frames.copy()
        if self._noise is not None:
            for arm in range(count):
                self._noise.add(frames[:, arm], self._first_arm + arm, time_ns)
        return self._stacked(frames)

    def intrinsics(self, name: str) -> Intrinsics:
        """Returns the intrinsics of a camera's images of one arm."""
        return camera_intrinsics(self._model, name, self.width, self.height)

    def close(self) -> None:
        """Frees the OpenGL context; may be called twice."""
        self._offscreen.close()

    def _draw(self, arm: int, drawn: Floats, reset_count: int, frames: NDArray[np.uint8]) -> None:
        """Draws the state (D,) of an arm into its frames (K, H, W, 3)."""
        if self._variation is not None:
            self._variation.apply(self._first_arm + arm, reset_count)
        self._offscreen.draw(drawn, frames)

    def _stacked(self, frames: NDArray[np.uint8]) -> dict[str, NDArray[np.uint8]]:
        """Returns frames (K, N, H, W, 3) as one image for each camera, without copying."""
        images = frames.reshape(len(self.names), -1, self.width, 3)
        return dict(zip(self.names, images, strict=True))
