"""CameraGeometry: poses of a robot's fixed cameras, and the projection of points onto images."""

from dataclasses import dataclass

import mujoco
import numpy as np

from arm_sim.common.arrays import Floats
from arm_sim.common.errors import UserError
from arm_sim.robot.camera_intrinsics import camera_intrinsics
from arm_sim.robot.robot import Robot


@dataclass(frozen=True)
class CameraGeometry:
    """Poses and intrinsics of K fixed pinhole cameras with square images.

    Image coordinates are -1 at the left and at the top edge, 1 at the right and at the bottom edge.

    Attributes:
        positions: (K, 3) of the cameras in the robot's base frame, m.
        rotations: (K, 3, 3) from camera frame to base frame; a camera's x points to the right of
            the image, its y up, and it looks along -z.
        slopes: (K, 2) tangents of half the horizontal and vertical field of view; with the optical
            axis off the middle, what one image coordinate is at distance 1 from the camera.
        centres: (K, 2) image coordinates of the optical axis; 0 for ordinary cameras.
    """

    positions: Floats
    rotations: Floats
    slopes: Floats
    centres: Floats

    def project(self, points: Floats) -> Floats:
        """Returns (N, K, 2) image coordinates of points (N, 3), m; infinite behind a camera."""
        in_camera = np.einsum("nki,kij->nkj", points[:, None] - self.positions, self.rotations)
        right, up, depth = in_camera[..., 0], in_camera[..., 1], -in_camera[..., 2]
        half_size = np.where(depth > 0.0, depth, np.nan)[..., None] * self.slopes
        points = np.stack([right, -up], axis=-1) / half_size + self.centres
        return np.nan_to_num(points, nan=np.inf)


def find_camera_geometry(robot: Robot, cameras: tuple[str, ...]) -> CameraGeometry:
    """Returns the geometry of a robot's cameras.

    Args:
        robot: The robot.
        cameras: Full names of the cameras.

    Raises:
        UserError: If one of the cameras is not fixed, or is orthographic.
    """
    model = robot.model
    data = mujoco.MjData(model)
    mujoco.mj_kinematics(model, data)
    mujoco.mj_camlight(model, data)
    ids = [model.camera(name).id for name in cameras]
    fixed = mujoco.mjtCamLight.mjCAMLIGHT_FIXED.value
    moving = [
        name
        for name, index in zip(cameras, ids, strict=True)
        if model.body_weldid[model.cam_bodyid[index]] != 0 or model.cam_mode[index] != fixed
    ]
    if moving:
        raise UserError(
            f"Locating the target needs fixed cameras, but {', '.join(moving)} of {robot.name} "
            "can move. Choose fixed ones with --cameras, or train with --end-to-end."
        )
    # Of images from -1 to 1.
    intrinsics = [camera_intrinsics(model, name, 2.0, 2.0) for name in cameras]
    return CameraGeometry(
        data.cam_xpos[ids].copy(),
        data.cam_xmat[ids].reshape(-1, 3, 3).copy(),
        np.array([(1 / found.focal_x, 1 / found.focal_y) for found in intrinsics]),
        np.array([(found.centre_x - 1, found.centre_y - 1) for found in intrinsics]),
    )
