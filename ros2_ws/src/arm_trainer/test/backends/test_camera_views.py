"""Cameras are named in full or in short, and names that are not valid are refused."""

import pytest

from arm_sim.common.errors import UserError
from arm_sim.robot.robot import Robot
from arm_trainer.backends.camera_views import Views, find_cameras

CAMERAS = ("front_camera", "side_camera", "top_camera")


@pytest.mark.parametrize(
    ("names", "found"),
    [([], CAMERAS), (["top", "front_camera"], ("top_camera", "front_camera"))],
)
def test_cameras_may_be_named_short(robot: Robot, names: list[str], found: tuple[str]) -> None:
    assert find_cameras(robot, names) == found


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["top", "back"], r"has no camera back \(valid: front_camera, side_camera, top_camera\)"),
        (
            ["top", "top_camera"],
            r"one is named twice \(valid: front_camera, side_camera, top_camera\)",
        ),
    ],
)
def test_invalid_camera_names_are_refused(robot: Robot, names: list[str], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        find_cameras(robot, names)


def test_the_shape_counts_every_colour_of_every_stacked_frame() -> None:
    assert Views(CAMERAS, size=24, stack=2).shape == (2 * 3 * 3, 24, 24)
