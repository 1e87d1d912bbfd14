"""Rotating by the error gives the wanted direction or orientation."""

import mujoco
import numpy as np

from arm_sim.robot.pose_errors import direction_errors, hand_axes, orientation_errors


def unit_vectors(count: int, seed: int) -> np.ndarray:
    drawn = np.random.default_rng(seed).normal(size=(count, 3))
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def rotated(vector: np.ndarray, rotation: np.ndarray) -> np.ndarray:
    """The vector (3,) rotated by a rotation vector (3,)."""
    angle = float(np.linalg.norm(rotation))
    quaternion, result = np.empty(4), np.empty(3)
    mujoco.mju_axisAngle2Quat(quaternion, rotation / max(angle, 1e-12), angle)
    mujoco.mju_rotVecQuat(result, vector, quaternion)
    return result


def test_a_direction_is_turned_into_the_wanted_one() -> None:
    directions, wanted = unit_vectors(50, 0), unit_vectors(50, 1)
    errors = direction_errors(directions, wanted)
    turned = [rotated(*pair) for pair in zip(directions, errors, strict=True)]
    np.testing.assert_allclose(turned, wanted, rtol=0, atol=1e-9)
    np.testing.assert_allclose((errors * wanted).sum(axis=1), 0.0, rtol=0, atol=1e-9)


def test_axes_are_turned_into_the_wanted_ones() -> None:
    yaws = np.random.default_rng(2).uniform(-3, 3, (2, 50))
    axes, wanted = hand_axes(unit_vectors(50, 0), yaws[0]), hand_axes(unit_vectors(50, 1), yaws[1])
    errors = orientation_errors(axes, wanted)
    for column in range(3):
        turned = [rotated(*pair) for pair in zip(axes[:, :, column], errors, strict=True)]
        np.testing.assert_allclose(turned, wanted[:, :, column], rtol=0, atol=1e-9)


def test_what_is_right_has_no_error_and_its_opposite_half_a_turn() -> None:
    directions = unit_vectors(5, 3)
    np.testing.assert_array_equal(direction_errors(directions, directions), 0.0)
    opposite = np.linalg.norm(direction_errors(directions, -directions), axis=1)
    np.testing.assert_allclose(opposite, np.pi, rtol=0, atol=1e-6)


def test_hand_axes_have_the_approach_and_the_yaw() -> None:
    down, yaw = np.tile([0.0, 0.0, -1.0], (3, 1)), np.array([0.0, 0.5, -2.0])
    axes = hand_axes(down, yaw)
    np.testing.assert_allclose(axes[:, :, 0], down, rtol=0, atol=1e-12)
    np.testing.assert_allclose(np.arctan2(axes[:, 1, 1], axes[:, 0, 1]), yaw, rtol=0, atol=1e-12)
    np.testing.assert_allclose(np.linalg.det(axes), 1.0, rtol=0, atol=1e-12)
