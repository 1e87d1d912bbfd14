"""Damped least squares: exact where the arm can move, bounded where it can't."""

import numpy as np

from arm_sim.common.arrays import Floats
from arm_trainer.actions.damped_least_squares import DampedInverse


def with_singular_values(values: list[float], count: int, joints: int = 7) -> Floats:
    """(count, 3, joints) random matrices that have these three singular values."""
    random = np.random.default_rng(0)
    left = np.linalg.qr(random.normal(size=(count, 3, 3)))[0]
    right = np.linalg.qr(random.normal(size=(count, joints, 3)))[0]
    return left @ (np.array(values)[:, None] * right.transpose(0, 2, 1))


def moved(jacobians: Floats, solutions: Floats) -> Floats:
    return (jacobians @ solutions[..., None])[..., 0]


def test_away_from_singularities_it_is_the_pseudoinverse() -> None:
    jacobians = with_singular_values([1.3, 0.8, 0.3], 100)
    wanted = np.random.default_rng(1).normal(size=(100, 3))
    solutions = DampedInverse(jacobians, np.ones((100, 7))).solve(wanted)
    expected = (np.linalg.pinv(jacobians) @ wanted[..., None])[..., 0]
    np.testing.assert_allclose(solutions, expected, rtol=0, atol=1e-12)


def test_weights_shift_the_motion_to_other_joints_and_keep_it_exact() -> None:
    jacobians = with_singular_values([1.2, 1.0, 0.9], 100)
    wanted = np.random.default_rng(1).normal(size=(100, 3))
    weights = np.tile([1.0, 1.0, 1.0, 1.0, 1.0, 0.2, 0.0], (100, 1))
    solutions = DampedInverse(jacobians, weights).solve(wanted)
    free = DampedInverse(jacobians, np.ones((100, 7))).solve(wanted)
    assert (solutions[:, 6] == 0.0).all()
    assert np.abs(solutions[:, 5]).mean() < 0.7 * np.abs(free[:, 5]).mean()
    usable = np.linalg.svd(jacobians * np.sqrt(weights[:, None]))[1][:, 2] > 0.25
    assert usable.sum() > 50
    np.testing.assert_allclose(moved(jacobians, solutions)[usable], wanted[usable], atol=1e-12)


def test_solutions_stay_bounded_however_singular_the_arm_is() -> None:
    for smallest in (0.3, 0.2, 0.1, 1e-2, 1e-4, 1e-9, 0.0):
        jacobians = with_singular_values([1.0, 0.7, smallest], 200)
        wanted = np.random.default_rng(2).normal(size=(200, 3))
        wanted /= np.linalg.norm(wanted, axis=1, keepdims=True)
        solutions = DampedInverse(jacobians, np.ones((200, 7))).solve(wanted)
        assert np.linalg.norm(solutions, axis=1).max() < 5.0


def test_the_directions_that_are_not_singular_stay_exact() -> None:
    jacobians = with_singular_values([1.0, 0.7, 1e-6], 100)
    wanted = moved(jacobians, np.random.default_rng(3).normal(size=(100, 7)))
    solutions = DampedInverse(jacobians, np.ones((100, 7))).solve(wanted)
    np.testing.assert_allclose(moved(jacobians, solutions), wanted, rtol=0, atol=1e-4)


def test_without_any_motion_possible_the_solution_is_zero() -> None:
    solutions = DampedInverse(np.zeros((2, 3, 6)), np.ones((2, 6))).solve(np.ones((2, 3)))
    assert (solutions == 0.0).all()
