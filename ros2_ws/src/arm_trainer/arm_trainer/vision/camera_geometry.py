"""CameraGeometry: where a robot's cameras stand, and where on their images a point is seen."""

from dataclasses import dataclass

import mujoco
import numpy as np

from arm_sim.common.errors import UserError
from arm_sim.robot.robot import Floats, Robot


@dataclass(frozen=True)
class CameraGeometry:
    """K cameras that stay where they are.

    Image coordinates are -1 at the left and at the top edge, 1 at the right and at the bottom.

    Attributes:
        positions: (K, 3) where they stand, m, in the robot's base frame.
        rotations: (K, 3, 3) their frames: x to the right, y up, looking along -z.
        slopes: (K,) tangents of half their fields of view.
    """

    positions: Floats
    rotations: Floats
    slopes: Floats

    def project(self, points: Floats) -> Floats:
        """Returns (N, K, 2) image coordinates of points (N, 3); infinite behind a camera."""
        seen = np.einsum("nki,kij->nkj", points[:, None] - self.positions, self.rotations)
        right, up, depth = seen[..., 0], seen[..., 1], -seen[..., 2]
        reach = np.where(depth > 0.0, depth, np.nan) * self.slopes
        return np.nan_to_num(np.stack([right / reach, -up / reach], axis=-1), nan=np.inf)


def find_camera_geometry(robot: Robot, cameras: tuple[str, ...]) -> CameraGeometry:
    """Returns the geometry of a robot's cameras, for square images.

    Raises:
        UserError: If one of them is moved by a joint.
    """
    model = robot.model
    data = mujoco.MjData(model)
    mujoco.mj_kinematics(model, data)
    mujoco.mj_camlight(model, data)
    ids = [model.camera(name).id for name in cameras]
    fixed = mujoco.mjtCamLight.mjCAMLIGHT_FIXED.value
    moved = [
        name
        for name, index in zip(cameras, ids, strict=True)
        if model.body_weldid[model.cam_bodyid[index]] != 0 or model.cam_mode[index] != fixed
    ]
    if moved:
        raise UserError(
            f"The policy finds the target by cameras that stand still; {', '.join(moved)} of "
            f"{robot.name} moves. Name others with --cameras, or train with --end-to-end."
        )
    return CameraGeometry(
        data.cam_xpos[ids].copy(),
        data.cam_xmat[ids].reshape(-1, 3, 3).copy(),
        np.tan(np.radians(model.cam_fovy[ids]) / 2),
    )
