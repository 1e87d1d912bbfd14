"""A target_pose is read as what it was written for."""

import numpy as np

from arm_sim.ros.joint_messages import read_target, stamp_ns
from arm_trainer.ros.target_message import target_pose


def test_a_target_pose_is_read_as_it_was_written() -> None:
    message = target_pose(np.array([0.7, -0.1, 0.9]), "base_link", 1_500_000_007)
    np.testing.assert_array_equal(read_target(message, "base_link"), [0.7, -0.1, 0.9])
    assert stamp_ns(message) == 1_500_000_007
    assert message.pose.orientation.w == 1.0
