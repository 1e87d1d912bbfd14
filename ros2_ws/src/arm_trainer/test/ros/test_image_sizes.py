"""A camera that publishes another size than was trained with shows the policy the same."""

import numpy as np
import pytest
from sensor_msgs.msg import Image

from arm_sim.rendering.camera_rig import CameraRig
from arm_sim.rendering.offscreen import drawn_home
from arm_sim.robot.robot import Robot
from arm_sim.ros.joint_messages import RejectedMessage
from arm_trainer.ros.state_images import frames_of


def drawn(robot: Robot, width: int, height: int) -> Image:
    rig = CameraRig(robot, ("front_camera",), width, height)
    pixels = rig.render(drawn_home(robot)[None])["front_camera"]
    rig.close()
    return Image(height=height, width=width, step=3 * width, encoding="rgb8", data=pixels.tobytes())


@pytest.mark.parametrize(("width", "height"), [(320, 240), (240, 240), (100, 64)])
def test_a_frame_of_another_size_shows_the_same(robot: Robot, width: int, height: int) -> None:
    (wanted,) = frames_of(drawn(robot, 64, 64), "/front", 1, 64)
    (found,) = frames_of(drawn(robot, width, height), "/front", 1, 64)
    # A squeezed one differs by more than 4: edges are softer here, but where they were.
    assert np.abs(found.astype(int) - wanted).mean() < 2.5


def test_one_that_is_higher_than_wide_shows_something_else(robot: Robot) -> None:
    with pytest.raises(RejectedMessage, match=r"240×320 px: expected .* no higher than wide"):
        frames_of(drawn(robot, 240, 320), "/front", 1, 64)
