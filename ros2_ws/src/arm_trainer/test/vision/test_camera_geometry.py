"""Points are projected to where the renderer draws them; cameras that can move are refused."""

from pathlib import Path

import numpy as np
import pytest

from arm_sim.common.arrays import Floats
from arm_sim.common.errors import UserError
from arm_sim.rendering.camera_rig import CameraRig
from arm_sim.robot.files import model_file
from arm_sim.robot.loader import load_robot
from arm_sim.robot.robot import Robot
from arm_trainer.vision.camera_geometry import CameraGeometry, find_camera_geometry


def test_a_target_is_seen_where_it_is_projected(
    robot: Robot, cameras: CameraGeometry, targets: Floats
) -> None:
    rig = CameraRig(robot, robot.cameras)
    positions = np.tile(robot.home, (len(targets), 1))
    positions[:, robot.target] = targets
    images = rig.render(positions)
    projected = cameras.project(targets)
    for k, camera in enumerate(robot.cameras):
        for image, point in zip(
            images[camera].reshape(-1, 64, 64, 3), projected[:, k], strict=True
        ):
            red = image[..., 0].astype(int) - image[..., 1:].max(-1) > 60
            rows, columns = np.nonzero(red)
            seen = (np.array([columns.mean(), rows.mean()]) + 0.5) / 32 - 1
            np.testing.assert_allclose(seen, point, atol=0.6 / 32)
    rig.close()


def test_a_point_behind_a_camera_has_no_place_on_its_image(cameras: CameraGeometry) -> None:
    behind = cameras.positions + cameras.rotations[:, :, 2]
    projected = cameras.project(behind)
    for k in range(len(behind)):
        assert np.isinf(projected[k, k]).all()


def test_a_camera_that_the_arm_moves_is_refused(tmp_path: Path, robot: Robot) -> None:
    models = model_file("fetch_arm")
    xml = models.read_text().replace(
        '<site name="gripper_link"', '<camera name="wrist_camera"/><site name="gripper_link"'
    )
    (tmp_path / models.name).write_text(xml)
    text = models.with_suffix(".yaml").read_text().replace("cameras: [", "cameras: [wrist_camera, ")
    (tmp_path / models.with_suffix(".yaml").name).write_text(text)
    with pytest.raises(UserError, match="wrist_camera of fetch_arm can move"):
        find_camera_geometry(
            load_robot(str(tmp_path / models.name)), ("top_camera", "wrist_camera")
        )
