"""The picture has a row for each camera and a column for each control period of an episode."""

from collections.abc import Callable
from pathlib import Path

import cv2
import torch
from stable_baselines3.common.base_class import BaseAlgorithm

from arm_trainer.backends.camera_views import Views
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.vision.camera_geometry import find_camera_geometry
from arm_trainer.vision.encoder import Encoder
from arm_trainer.vision.estimate_plot import draw_estimates
from arm_trainer.vision.vision_policy import VisionPolicy

MakeEnv = Callable[..., BatchEnv]


def test_a_row_for_each_camera_and_a_column_for_each_period(
    make_env: MakeEnv,
    views: Views,
    vision_interface: PolicyInterface,
    teacher: BaseAlgorithm,
    tmp_path: Path,
) -> None:
    torch.manual_seed(0)
    robot = vision_interface.robot
    geometry = find_camera_geometry(robot, views.cameras)
    encoder = Encoder(geometry, views.size, robot.workspace)
    policy = VisionPolicy(encoder, teacher.policy, vision_interface, views)
    file = tmp_path / "sight.png"
    draw_estimates(policy, make_env(vision_interface), file)
    picture = cv2.imread(str(file))
    assert picture is not None
    assert picture.shape == (2 * 192, 4 * 192, 3)
    # The markers are antialiased.
    white = (picture > 240).all(axis=-1)
    yellow = (picture[..., 0] < 120) & (picture[..., 1:] > 220).all(axis=-1)
    for column in range(4):
        cells = slice(column * 192, (column + 1) * 192)
        # The target is marked on both images; an untrained encoder's estimate is near the centre.
        assert white[:192, cells].any() and white[192:, cells].any()
        assert yellow[:, cells].any()
