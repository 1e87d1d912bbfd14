"""Every target in the workspace is in the image of each camera that the scene places."""

from pathlib import Path

import mujoco
import numpy as np
import pytest

from arm_sim.common.config import build
from arm_sim.robot.scene_settings import SceneSettings, Workspace
from arm_sim.scene.cameras import place_cameras
from arm_sim.scene.furniture import add_surroundings, empty_scene
from arm_sim.scene.loader import load_robot
from support.primitive_arms import JOINTS, chain, mjcf, servos, write_mjcf

CAMERAS = ("front_camera", "side_camera", "top_camera")
WORKSPACES = {
    "ahead": ((0.3, -0.3, 0.2), (0.7, 0.3, 0.6)),
    "behind": ((-0.8, -0.2, 0.1), (-0.4, 0.2, 0.3)),
    "to the left": ((-0.2, 0.4, 0.0), (0.2, 0.9, 0.5)),
    "around the base": ((-0.3, -0.3, 0.3), (0.3, 0.3, 0.9)),
    "flat and wide": ((0.2, -1.5, 0.0), (1.0, 1.5, 0.05)),
    "high and narrow": ((0.3, -0.02, 0.0), (0.34, 0.02, 1.8)),
    "small": ((0.10, -0.05, 0.02), (0.18, 0.05, 0.10)),
    "of a large robot": ((1.0, -1.5, 0.5), (2.5, 1.5, 3.0)),
}


def image_positions(model: mujoco.MjModel, camera: str, points: np.ndarray) -> np.ndarray:
    """(K, 2) of points (K, 3), m: right and up, ±1 at the edges of a square image."""
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    seen = data.camera(camera)
    x, y, z = ((points - seen.xpos) @ seen.xmat.reshape(3, 3)).T
    assert (z < 0).all(), "behind the camera"
    slope = np.tan(np.radians(model.camera(camera).fovy[0]) / 2)
    return np.stack([x, y], axis=1) / (-z * slope)[:, None]


def corners(lower: object, upper: object) -> np.ndarray:
    return np.array(np.meshgrid(*np.transpose([lower, upper]))).reshape(3, -1).T


def scene_around(box: tuple) -> tuple[mujoco.MjModel, np.ndarray]:
    workspace = build(Workspace, {"lower": box[0], "upper": box[1]}, "test")
    settings = SceneSettings(scene_cameras=place_cameras(workspace), floor="none")
    spec = empty_scene()
    add_surroundings(spec, settings, has_floor=False)
    return spec.compile(), corners(*box)


@pytest.mark.parametrize("box", WORKSPACES.values(), ids=WORKSPACES)
@pytest.mark.parametrize("camera", CAMERAS)
def test_the_whole_box_is_in_the_image_and_fills_it(box: tuple, camera: str) -> None:
    model, points = scene_around(box)
    seen = np.abs(image_positions(model, camera, points))
    assert seen.max() < 0.85
    assert seen.max() > 0.6


@pytest.mark.parametrize("box", WORKSPACES.values(), ids=WORKSPACES)
def test_up_is_up_and_the_views_are_what_they_are_called(box: tuple) -> None:
    model, points = scene_around(box)
    middle = points.mean(axis=0)
    higher = middle + np.array([[0, 0, 0], [0, 0, 0.02]])
    ahead = np.array([*middle[:2], 0.0])
    ahead = ahead / np.linalg.norm(ahead) if np.linalg.norm(ahead) > 0.05 else [1.0, 0.0, 0.0]
    farther = np.array([middle, middle + 0.02 * np.array(ahead)])
    for camera in ("front_camera", "side_camera"):
        (x0, y0), (x1, y1) = image_positions(model, camera, higher)
        assert y1 > y0 and abs(x1 - x0) < 1e-3
    (x0, y0), (x1, y1) = image_positions(model, "top_camera", farther)
    assert y1 > y0 and abs(x1 - x0) < 1e-3  # Away from the base is up.
    (x0, y0), (x1, y1) = image_positions(model, "side_camera", farther)
    assert x1 > x0 and abs(y1 - y0) < 0.2 * (x1 - x0)  # Away from the base is to the right.
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    assert (data.camera("front_camera").xpos - middle) @ ahead > 0  # It faces the arm.


@pytest.mark.parametrize("base", ["", 'pos="0.4 -0.3 0.7" euler="0 0 2"'])
def test_an_arms_cameras_see_its_workspace(tmp_path: Path, base: str) -> None:
    robot = load_robot(write_mjcf(tmp_path, mjcf(chain(), servos(*JOINTS), base=base)))
    assert robot.cameras == CAMERAS
    for camera in CAMERAS:
        seen = image_positions(robot.model, camera, corners(*robot.workspace))
        assert np.abs(seen).max() < 0.85
