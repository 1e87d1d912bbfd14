"""OffscreenRenderer: MuJoCo's renderer without a display, through EGL."""

from dataclasses import dataclass
from pathlib import Path

import mujoco
import numpy as np
from numpy.typing import NDArray

from arm_sim.common.arrays import Floats
from arm_sim.common.errors import UserError
from arm_sim.robot.robot import Robot


@dataclass(frozen=True)
class Quality:
    """Effort of MuJoCo's renderer (see `mjVisual.quality` in its documentation)."""

    samples: int
    slices: int
    stacks: int
    quads: int


# With software OpenGL, shadows cost 40 ms a frame at any size, so neither preset has them.
QUALITIES = {
    "fast": Quality(samples=0, slices=8, stacks=4, quads=1),
    "high": Quality(samples=4, slices=28, stacks=16, quads=4),
}
# Cameras and lights of these modes follow or face a centre of mass.
_CENTRE_OF_MASS_MODES = (
    mujoco.mjtCamLight.mjCAMLIGHT_TRACKCOM.value,
    mujoco.mjtCamLight.mjCAMLIGHT_TARGETBODYCOM.value,
)
_GPUS = ("nvidia[0-9]*", "dri/renderD*")


class OffscreenRenderer:
    """Draws one model's cameras in an OpenGL context of its own, made and used by one thread.

    Attributes:
        device: OpenGL's name of the device that draws, for instance 'llvmpipe (LLVM 15.0.6, 256
            bits)'.
    """

    def __init__(
        self,
        model: mujoco.MjModel,
        cameras: tuple[str, ...],
        width: int,
        height: int,
        quality: Quality,
    ) -> None:
        """Makes the OpenGL context.

        Args:
            model: The model to draw, whose visual settings are changed.
            cameras: Names of the K cameras.
            width: Image width, px.
            height: Image height, px.
            quality: The effort.

        Raises:
            UserError: If there is no OpenGL.
        """
        self._drawing: mujoco.MjrContext | None = None
        visual = model.vis
        visual.global_.offwidth, visual.global_.offheight = width, height
        visual.quality.shadowsize = 0
        visual.quality.offsamples = quality.samples
        visual.quality.numslices = quality.slices
        visual.quality.numstacks = quality.stacks
        visual.quality.numquads = quality.quads
        self._model = model
        self._data = mujoco.MjData(model)
        self._scene = mujoco.MjvScene(model, maxgeom=2 * model.ngeom + 16)
        self._option = mujoco.MjvOption()
        self._cameras = [_fixed_camera(model.camera(name).id) for name in cameras]
        self._rect = mujoco.MjrRect(0, 0, width, height)
        modes = [*model.cam_mode, *model.light_mode]
        self._follows_centres = any(mode in _CENTRE_OF_MASS_MODES for mode in modes)
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

        self.device: str = GL.glGetString(GL.GL_RENDERER).decode()

    @property
    def on_cpu(self) -> bool:
        """Whether the CPU draws."""
        return any(word in self.device.lower() for word in ("llvmpipe", "softpipe", "swrast"))

    @property
    def idle_gpu(self) -> Path | None:
        """The device file of a GPU, if there is one and yet the CPU draws; else None."""
        found = (device for pattern in _GPUS for device in Path("/dev").glob(pattern))
        return next(found, None) if self.on_cpu else None

    def make_current(self) -> None:
        """Makes this context the thread's current one, before one or more calls of `draw`."""
        self._context.make_current()

    def draw(self, drawn: Floats, frames: NDArray[np.uint8]) -> None:
        """Draws the model into RGB frames (K, H, W, 3).

        Args:
            drawn: (nq + 3,) MuJoCo's generalized positions, then the goal's position, m; as
                `Simulation.drawn` has them for each arm.
            frames: The frames of the K cameras, to be filled.
        """
        self._data.qpos[:], self._data.mocap_pos[0] = drawn[:-3], drawn[-3:]
        mujoco.mj_kinematics(self._model, self._data)
        if self._follows_centres:
            mujoco.mj_comPos(self._model, self._data)
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


def drawn_home(robot: Robot) -> Floats:
    """Returns what `OffscreenRenderer.draw` takes, with everything at home."""
    return np.concatenate([robot.rest_configuration, robot.goal_home])


def _fixed_camera(index: int) -> mujoco.MjvCamera:
    camera = mujoco.MjvCamera()
    camera.type = mujoco.mjtCamera.mjCAMERA_FIXED.value
    camera.fixedcamid = index
    return camera
