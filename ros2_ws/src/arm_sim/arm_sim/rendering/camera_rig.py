"""CameraRig: renders the robot's cameras, all arms of a camera stacked into one picture.

One OpenGL context, made and used by one thread. With `fast` quality a 64×64 frame costs a fraction
of a millisecond even on Mesa's software renderer; `high` is for people's eyes.
"""

import math
from dataclasses import dataclass
from pathlib import Path

import mujoco
import numpy as np
from numpy.typing import NDArray

from arm_sim.common.arrays import Floats, Ints
from arm_sim.common.errors import UserError
from arm_sim.rendering.appearance import Appearance, Looks, Noise
from arm_sim.robot.model import copy_model
from arm_sim.robot.robot import Robot


@dataclass(frozen=True)
class Quality:
    """What MuJoCo's renderer is told about effort (see `mjVisual.quality` in its documentation)."""

    samples: int
    slices: int
    stacks: int
    quads: int


# With software GL, shadows cost 40 ms a frame whatever its size, so neither preset has them.
QUALITIES = {
    "fast": Quality(samples=0, slices=8, stacks=4, quads=1),
    "high": Quality(samples=4, slices=28, stacks=16, quads=4),
}
_GPUS = ("nvidia[0-9]*", "dri/renderD*")


class CameraRig:
    """Cameras of every arm of one simulation.

    Attributes:
        names: The cameras rendered.
        width: Image width, px.
        height: Image height of one arm, px.
        renderer: What OpenGL calls the device that draws, for instance 'llvmpipe (LLVM 15.0.6, 256
            bits)'.
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
            names: Which of its cameras.
            width: Image width, px.
            height: Image height of one arm, px.
            quality: One of `QUALITIES`.
            appearance: How what is seen varies; None for not at all.
            first_arm: Number of the first arm that it draws: each looks different.

        Raises:
            UserError: If a camera or the quality is unknown, the size is out of range, or there is
                no OpenGL.
        """
        self._drawing: mujoco.MjrContext | None = None
        self._first_arm = first_arm
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
        preset = QUALITIES[quality]
        model = copy_model(robot.model)
        visual = model.vis
        visual.global_.offwidth, visual.global_.offheight = width, height
        visual.quality.shadowsize = 0
        visual.quality.offsamples = preset.samples
        visual.quality.numslices = preset.slices
        visual.quality.numstacks = preset.stacks
        visual.quality.numquads = preset.quads
        self._model = model
        self._data = mujoco.MjData(model)
        self._scene = mujoco.MjvScene(model, maxgeom=2 * model.ngeom + 16)
        self._option = mujoco.MjvOption()
        self._cameras = [_fixed_camera(model.camera(name).id) for name in names]
        self._rect = mujoco.MjrRect(0, 0, width, height)
        varied = appearance or Appearance()
        self._looks = Looks(varied, robot, model) if varied.varies else None
        self._noise = Noise(varied, height * width * 3) if varied.noise else None
        # Joint positions, reset_counts and frames of every arm as last drawn.
        self._drawn: Floats = np.empty((0, model.nq + 1))
        self._frames: NDArray[np.uint8] = np.empty((0, 0, 0, 0, 3), np.uint8)
        try:
            # EGL whatever MUJOCO_GL says: it is the one that needs no display.
            from mujoco.egl import GLContext

            self._context = GLContext(width, height)
            self._context.make_current()
            self._drawing = mujoco.MjrContext(model, mujoco.mjtFontScale.mjFONTSCALE_100.value)
        except Exception as error:  # PyOpenGL, EGL and MuJoCo each raise types of their own.
            raise UserError(
                f"OpenGL can't be started ({error}); install EGL, on Debian and Ubuntu with "
                "'apt-get install libegl1 libgl1-mesa-dri'."
            ) from error
        mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN.value, self._drawing)
        from OpenGL import GL  # Only finds its functions once a context is current.

        self.renderer = GL.glGetString(GL.GL_RENDERER).decode()

    @property
    def software(self) -> bool:
        """Whether the frames are drawn by the CPU."""
        return any(word in self.renderer.lower() for word in ("llvmpipe", "softpipe", "swrast"))

    @property
    def idle_gpu(self) -> Path | None:
        """The device of a GPU that could draw but does not, as the CPU does; or None."""
        found = (device for pattern in _GPUS for device in Path("/dev").glob(pattern))
        return next(found, None) if self.software else None

    def render(
        self, positions: Floats, reset_counts: Ints | None = None, time_ns: int = 0
    ) -> dict[str, NDArray[np.uint8]]:
        """Returns one (N·H, W, 3) RGB image a camera: the arms' frames, top to bottom.

        An arm that has not moved since the last call is not drawn again: in lockstep, most arms
        hold still while some are reset.

        Args:
            positions: (N, J) joint positions of every arm, rad or m.
            reset_counts: (N,) how often each arm was placed, which decides on its look.
            time_ns: When, ns, which decides on the noise.
        """
        count = len(positions)
        if reset_counts is None:
            reset_counts = np.zeros(count, np.int64)
        if count != len(self._drawn):
            self._drawn = np.full((count, positions.shape[1] + 1), np.nan)
            shape = (len(self.names), count, self.height, self.width, 3)
            self._frames = np.empty(shape, np.uint8)
        wanted: Floats = np.column_stack([positions, reset_counts]).astype(np.float64)
        self._context.make_current()
        for arm in np.flatnonzero((wanted != self._drawn).any(axis=1)):
            self._draw(int(arm), positions[arm], int(reset_counts[arm]), self._frames[:, arm])
        self._drawn = wanted
        frames = self._frames.copy()
        if self._noise is not None:
            for arm in range(count):
                self._noise.add(frames[:, arm], self._first_arm + arm, time_ns)
        stacked = frames.reshape(len(self.names), -1, self.width, 3)
        return dict(zip(self.names, stacked, strict=True))

    def _draw(
        self, arm: int, positions: Floats, reset_counts: int, frames: NDArray[np.uint8]
    ) -> None:
        """Draws an arm at joint positions (J,) into its frames (K, H, W, 3)."""
        if self._looks is not None:
            self._looks.put_on(self._first_arm + arm, reset_counts)
        self._data.qpos[:] = positions
        mujoco.mj_kinematics(self._model, self._data)
        mujoco.mj_camlight(self._model, self._data)
        everything = mujoco.mjtCatBit.mjCAT_ALL.value
        mujoco.mjv_updateScene(
            self._model,
            self._data,
            self._option,
            None,
            self._cameras[0],
            everything,
            self._scene,
        )
        upside_down = np.empty(frames.shape[1:], np.uint8)
        for frame, camera in zip(frames, self._cameras, strict=True):
            mujoco.mjv_updateCamera(self._model, self._data, camera, self._scene)
            mujoco.mjr_render(self._rect, self._scene, self._drawing)
            mujoco.mjr_readPixels(upside_down, None, self._rect, self._drawing)
            frame[:] = upside_down[::-1]  # OpenGL's first row is the bottom one.

    def focal_length(self, name: str) -> float:
        """Returns a camera's focal length in pixels, from its vertical field of view."""
        fovy = math.radians(self._model.camera(name).fovy[0])
        return self.height / 2 / math.tan(fovy / 2)

    def close(self) -> None:
        """Frees the OpenGL context; may be called twice."""
        if self._drawing is None:
            return
        # Freed while another context is current, MuJoCo would delete that one's objects.
        with self._context.as_current():
            self._drawing.free()
        self._context.free()
        self._drawing = None

    def __del__(self) -> None:
        self.close()


def _fixed_camera(index: int) -> mujoco.MjvCamera:
    camera = mujoco.MjvCamera()
    camera.type = mujoco.mjtCamera.mjCAMERA_FIXED.value
    camera.fixedcamid = index
    return camera
