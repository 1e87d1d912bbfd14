"""Points are projected to where the renderer draws them; cameras that can move are refused."""

from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from arm_sim.common.arrays import Floats
from arm_sim.common.errors import UserError
from arm_sim.rendering.camera_rig import CameraRig
from arm_sim.rendering.offscreen import drawn_home
from arm_sim.robot.files import model_file
from arm_sim.robot.robot import Robot
from arm_sim.scene.loader import load_robot
from arm_trainer.vision.camera_geometry import CameraGeometry, find_camera_geometry
from arm_trainer.vision.triangulation import ray_directions


def test_a_target_is_seen_where_it_is_projected(
    robot: Robot, cameras: CameraGeometry, targets: Floats
) -> None:
    assert_drawn_where_projected(robot, cameras, targets)


def assert_drawn_where_projected(robot: Robot, cameras: CameraGeometry, targets: Floats) -> None:
    rig = CameraRig(robot, robot.cameras)
    drawn = np.tile(drawn_home(robot), (len(targets), 1))
    drawn[:, -3:] = targets
    images = rig.render(drawn)
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


@pytest.fixture
def sensor_robot(tmp_path: Path) -> Robot:
    """The built-in arm with own cameras: a sensor, uneven focal lengths and a shifted centre."""
    file = model_file("fetch_arm")
    sensor = (
        'resolution="64 48" sensorsize="0.0064 0.0048" focal="0.007 0.006" '
        'principal="0.0006 -0.0004"'
    )
    cameras = (
        f'<camera name="ahead" pos="2.1 0 1.4" xyaxes="0 1 0 -0.32 0 0.95" {sensor}/>'
        f'<camera name="above" pos="0.55 0 2.35" xyaxes="0 -1 0 1 0 0" {sensor}/>'
    )
    xml = file.read_text().replace("<worldbody>", f"<worldbody>{cameras}")
    (tmp_path / file.name).write_text(xml)
    scene = yaml.safe_load(file.with_suffix(".yaml").read_text())
    scene |= {"scene_cameras": {}, "cameras": ["ahead", "above"]}
    (tmp_path / "fetch_arm.yaml").write_text(yaml.safe_dump(scene))
    return load_robot(str(tmp_path / file.name))


def test_a_camera_with_a_sensor_sees_where_it_projects(
    sensor_robot: Robot, targets: Floats
) -> None:
    cameras = find_camera_geometry(sensor_robot, sensor_robot.cameras)
    assert (cameras.centres != 0).all() and np.ptp(cameras.slopes, axis=1).all()
    assert_drawn_where_projected(sensor_robot, cameras, targets)


def test_rays_of_cameras_with_sensors_meet_at_the_target(
    sensor_robot: Robot, targets: Floats
) -> None:
    cameras = find_camera_geometry(sensor_robot, sensor_robot.cameras)
    points, rotations, slopes, centres = (
        torch.tensor(values)
        for values in (
            cameras.project(targets), cameras.rotations, cameras.slopes, cameras.centres
        )
    )  # fmt: skip
    found = ray_directions(points, rotations, slopes, centres).numpy()
    exact = targets[:, None] - cameras.positions
    exact /= np.linalg.norm(exact, axis=2, keepdims=True)
    np.testing.assert_allclose(found, exact, atol=1e-12)


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
