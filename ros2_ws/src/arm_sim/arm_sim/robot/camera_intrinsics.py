"""Intrinsics of a model's cameras, as MuJoCo draws them."""

from dataclasses import dataclass

import mujoco
import numpy as np

from arm_sim.common.errors import UserError


@dataclass(frozen=True)
class Intrinsics:
    """A pinhole camera's intrinsics for an image of a given size, px.

    A point x to the right, y down and z in front of the camera is drawn at (focal_x · x / z +
    centre_x, focal_y · y / z + centre_y), counted from the image's upper left corner; the middle of
    the first pixel is at (0.5, 0.5).

    Attributes:
        focal_x: Horizontal focal length.
        focal_y: Vertical focal length; another one where pixels are not square.
        centre_x: Column of the principal point.
        centre_y: Row of the principal point.
    """

    focal_x: float
    focal_y: float
    centre_x: float
    centre_y: float


def is_perspective(model: mujoco.MjModel, camera: int) -> bool:
    """Returns whether a camera is a pinhole camera."""
    orthographic = mujoco.mjtProjection.mjPROJ_ORTHOGRAPHIC.value
    return bool(model.cam_projection[camera] != orthographic)


def camera_intrinsics(
    model: mujoco.MjModel, camera: str, width: float, height: float
) -> Intrinsics:
    """Returns the intrinsics of a camera for images of a size, px.

    A camera with a `sensorsize` draws what its sensor sees, stretched to the image; its resolution
    does not count. Without one it draws its `fovy` from top to bottom, with square pixels. See
    https://mujoco.readthedocs.io/en/stable/XMLreference.html#body-camera.

    Raises:
        UserError: If the camera is orthographic, and so has no focal length.
    """
    index = model.camera(camera).id
    if not is_perspective(model, index):
        raise UserError(
            f"Camera {camera} is orthographic, so it has no focal length; use "
            'projection="perspective".'
        )
    sensor = model.cam_sensorsize[index].astype(np.float64)
    if not sensor.all():
        focal = height / 2 / np.tan(np.radians(model.cam_fovy[index]) / 2)
        return Intrinsics(float(focal), float(focal), width / 2, height / 2)
    focal_length, principal = model.cam_intrinsic[index].astype(np.float64).reshape(2, 2)
    pixels = np.array([width, height]) / sensor  # Per metre of the sensor.
    # The principal point's offset is counted to the right and up, the image's columns and rows
    # from its upper left corner, and the sensor moves against the image.
    centre = (sensor / 2 - principal) * pixels
    return Intrinsics(*(float(value) for value in (*(focal_length * pixels), *centre)))
