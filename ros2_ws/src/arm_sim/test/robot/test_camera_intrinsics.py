"""Intrinsics are those that MuJoCo draws with."""

from collections.abc import Callable
from pathlib import Path

import mujoco
import numpy as np
import pytest

from arm_sim.common.errors import UserError
from arm_sim.rendering.camera_rig import CameraRig
from arm_sim.robot.camera_intrinsics import camera_intrinsics
from arm_sim.scene.loader import load_robot

EYE = '<camera name="eye" pos="0.35 -2.05 1.05" xyaxes="1 0 0 0 0.17 0.985" fovy="45"/>'
WORLD = "<worldbody>"
SENSORS = {
    "field of view": 'fovy="50"',
    "resolution alone": 'fovy="50" resolution="64 48"',
    "sensor": 'resolution="64 48" sensorsize="0.0064 0.0048" focal="0.006 0.006"',
    "uneven focal lengths": 'resolution="64 48" sensorsize="0.0064 0.0048" focal="0.006 0.009"',
    "principal point": 'resolution="64 48" sensorsize="0.0064 0.0048" focal="0.006 0.009" '
    'principal="0.0008 0.0004"',
    "in pixels": 'resolution="64 48" sensorsize="0.0064 0.0048" focalpixel="60 70" '
    'principalpixel="-7 4"',
}
TARGETS = [(0.4, -0.2, 0.8), (0.6, 0.2, 1.0), (0.7, -0.3, 0.75)]


@pytest.fixture(params=SENSORS.values(), ids=SENSORS)
def camera_file(request: pytest.FixtureRequest, write_arm: Callable[..., Path]) -> Path:
    """The six-axis arm with each kind of camera."""
    return write_arm("six_axis_arm", {WORLD: WORLD + EYE.replace('fovy="45"', request.param)})


@pytest.mark.parametrize("size", [(64, 48), (64, 64), (200, 100)])
def test_edges_of_the_image_are_those_of_the_frustum(
    camera_file: Path, size: tuple[int, int]
) -> None:
    model = mujoco.MjModel.from_xml_path(str(camera_file))
    camera = mujoco.MjvCamera()
    camera.type = mujoco.mjtCamera.mjCAMERA_FIXED.value
    camera.fixedcamid = model.camera("eye").id
    vertical, horizontal, clip = (np.zeros(2, np.float32) for _ in range(3))
    mujoco.mjv_cameraFrustum(vertical, horizontal, clip, model, camera)
    found = camera_intrinsics(model, "eye", *size)
    top, bottom = vertical / clip[0]
    assert found.centre_y == pytest.approx(found.focal_y * top, rel=1e-5)
    assert size[1] - found.centre_y == pytest.approx(found.focal_y * bottom, rel=1e-5)
    if horizontal.any():  # Else MuJoCo chooses the width by the image.
        left, right = horizontal / clip[0]
        assert found.centre_x == pytest.approx(found.focal_x * left, rel=1e-5)
        assert size[0] - found.centre_x == pytest.approx(found.focal_x * right, rel=1e-5)
    else:
        assert found.focal_x == found.focal_y and found.centre_x == size[0] / 2


@pytest.mark.parametrize("size", [(320, 240), (300, 300)])
def test_the_target_is_drawn_where_the_intrinsics_say(
    camera_file: Path, size: tuple[int, int]
) -> None:
    robot = load_robot(str(camera_file))
    rig = CameraRig(robot, ("eye",), *size)
    found, data = rig.intrinsics("eye"), mujoco.MjData(robot.model)
    for target in TARGETS:
        data.qpos[:], data.mocap_pos[0] = robot.rest_configuration, target
        mujoco.mj_forward(robot.model, data)
        camera = data.camera("eye")
        x, y, z = camera.xmat.reshape(3, 3).T @ (data.body("target").xpos - camera.xpos)
        expected = (
            found.centre_x - found.focal_x * x / z,
            found.centre_y + found.focal_y * y / z,
        )
        drawn = np.concatenate([data.qpos, target])
        image = rig.render(drawn[None])["eye"].astype(int)
        red, others = image[..., 0], image[..., 1:].max(-1)
        rows, columns = np.nonzero((red > 100) & (red > 2 * others))
        seen = (columns.mean() + 0.5, rows.mean() + 0.5)
        assert np.abs(np.subtract(seen, expected)).max() < 1.0, (seen, expected)
    rig.close()


def test_an_orthographic_camera_is_refused(write_arm: Callable[..., Path]) -> None:
    eye = EYE.replace('"45"', '"2" projection="orthographic"')
    file = write_arm(
        "six_axis_arm", {WORLD: WORLD + eye}, {"tool_frame": "cameras: [eye]\ntool_frame"}
    )
    with pytest.raises(UserError, match="Orthographic cameras: eye"):
        load_robot(str(file))
    with pytest.raises(UserError, match="Camera eye is orthographic"):
        camera_intrinsics(mujoco.MjModel.from_xml_path(str(file)), "eye", 64, 64)
