"""One picture of a scene: the arm from its cameras, with the workspace drawn as a box."""

from pathlib import Path

import cv2
import mujoco
import numpy as np
from numpy.typing import NDArray

from arm_sim.common.arrays import Floats
from arm_sim.common.atomic_files import atomic_write
from arm_sim.rendering.offscreen import QUALITIES, OffscreenRenderer, drawn_home
from arm_sim.robot.camera_intrinsics import camera_intrinsics
from arm_sim.robot.model import copy_model
from arm_sim.robot.robot import Robot

_SIDE = 480  # px
_COLOUR, _THICKNESS = (40, 120, 250), 2  # Blue, green, red.
_EDGES = [(a, b) for a in range(8) for b in range(a + 1, 8) if bin(a ^ b).count("1") == 1]


def write_scene_picture(robot: Robot, file: Path) -> None:
    """Writes a PNG of what each camera sees with the arm at home, side by side.

    The box is the workspace, the red ball the target in its middle.

    Raises:
        UserError: If there is no OpenGL, or the file can't be written.
    """
    frames = np.empty((max(1, len(robot.cameras)), _SIDE, _SIDE, 3), np.uint8)
    model = copy_model(robot.model)
    renderer = OffscreenRenderer(model, robot.cameras, _SIDE, _SIDE, QUALITIES["high"])
    try:
        renderer.draw(drawn_home(robot), frames)
    finally:
        renderer.close()
    panels = [
        _with_box(robot, camera, frame) for camera, frame in zip(robot.cameras, frames, strict=True)
    ]
    _, png = cv2.imencode(".png", np.hstack(panels))
    with atomic_write(file) as temporary:
        temporary.write_bytes(png.tobytes())


def _with_box(robot: Robot, camera: str, frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A frame in OpenCV's colour order, with the workspace's edges and the camera's name."""
    image = np.ascontiguousarray(frame[:, :, ::-1])
    corners = np.array(np.meshgrid(*robot.workspace.T, indexing="ij")).reshape(3, -1).T
    points = _project(robot, camera, corners)
    for a, b in _EDGES:
        if np.isfinite(points[[a, b]]).all():
            start, end = (tuple(int(x) for x in points[i].round()) for i in (a, b))
            cv2.line(image, start, end, _COLOUR, _THICKNESS, cv2.LINE_AA)
    cv2.putText(image, camera, (10, 24), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (30, 30, 30), 1)
    return image


def _project(robot: Robot, camera: str, points: Floats) -> Floats:
    """(K, 2) pixels of points (K, 3), m, in a square image; NaN behind the camera."""
    model, data = robot.model, mujoco.MjData(robot.model)
    data.qpos[:] = robot.rest_configuration
    mujoco.mj_kinematics(model, data)
    mujoco.mj_camlight(model, data)
    index = model.camera(camera).id
    local = (points - data.cam_xpos[index]) @ data.cam_xmat[index].reshape(3, 3)
    lens = camera_intrinsics(model, camera, _SIDE, _SIDE)
    focal, centre = [lens.focal_x, lens.focal_y], [lens.centre_x, lens.centre_y]
    depth = np.where(local[:, 2] < -1e-6, -local[:, 2], np.nan)
    pixels: Floats = centre + focal * (local[:, :2] * [1, -1]) / depth[:, None]
    return pixels
