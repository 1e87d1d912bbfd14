"""Errors and Jacobians of the hand agree: a small motion of a joint changes the error so."""

import numpy as np
import pytest

from arm_sim.robot.hand import find_hand
from arm_sim.robot.hand_kinematics import HandKinematics, HandPoses
from arm_sim.robot.pose_errors import hand_axes
from arm_sim.robot.robot import Robot

STEP = 1e-5


def poses_of(robot: Robot, with_yaw: bool) -> tuple[HandKinematics, HandPoses, np.ndarray]:
    """Kinematics, four poses near those of four postures, and the postures."""
    hand = find_hand(robot)
    assert hand is not None
    kinematics = HandKinematics(robot, hand, 8)
    postures = robot.home[robot.arm] + np.random.default_rng(0).uniform(-0.5, 0.5, (4, 7))
    approach = np.tile([0.6, 0.0, -0.8], (4, 1))
    axes = hand_axes(approach, np.array([0.3, 1.0, -0.4, 0.1])) if with_yaw else None
    return kinematics, HandPoses(np.zeros((4, 3)), approach, axes), postures


def test_the_displacement_changes_as_the_jacobian_says(robot: Robot) -> None:
    kinematics, poses, postures = poses_of(robot, False)
    _, jacobians = kinematics.errors(poses, postures)
    for joint in range(7):
        ends = [
            kinematics.errors(poses, postures + s * STEP * np.eye(7)[joint])[0] for s in (1, -1)
        ]
        moved = -(ends[0] - ends[1])[:, :3] / (2 * STEP)
        np.testing.assert_allclose(jacobians[:, :3, joint], moved, rtol=0, atol=1e-7)


@pytest.mark.parametrize("with_yaw", [False, True])
def test_a_rotation_error_gets_smaller_along_its_gradient(robot: Robot, with_yaw: bool) -> None:
    kinematics, poses, postures = poses_of(robot, with_yaw)
    errors, jacobians = kinematics.errors(poses, postures)
    turn = jacobians[:, 3:].transpose(0, 2, 1) @ errors[:, 3:, None]
    after, _ = kinematics.errors(poses, postures + STEP * turn[..., 0])
    # d|e|²/2 = -e · J dq
    expected = np.square(turn).sum(axis=(1, 2))
    fell = (np.square(errors) - np.square(after))[:, 3:].sum(axis=1) / (2 * STEP)
    np.testing.assert_allclose(fell, expected, rtol=1e-2)


def test_fingers_may_be_exchanged(robot: Robot) -> None:
    kinematics, poses, postures = poses_of(robot, True)
    assert poses.axes is not None
    turned = HandPoses(poses.points, poses.approach, poses.axes * [1, -1, -1])
    found = [kinematics.errors(wanted, postures)[0] for wanted in (poses, turned)]
    np.testing.assert_allclose(*found, rtol=0, atol=1e-12)
