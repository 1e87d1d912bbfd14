"""Random postures stay within the joints' limits and differ from home only in the arm."""

import numpy as np

from arm_sim.scene.loader import load_robot
from arm_sim.scene.postures import random_postures


def test_only_arm_joints_move_and_stay_within_their_limits() -> None:
    robot = load_robot("fetch_arm")
    postures = random_postures(robot, 200, np.random.default_rng(0))
    assert ((postures >= robot.lower) & (postures <= robot.upper)).all()
    moved = (postures != robot.home).any(axis=0)
    assert np.flatnonzero(moved).tolist() == robot.arm.tolist()
    assert np.ptp(postures[:, robot.endless], axis=0).min() > 5.0


def test_a_smaller_spread_keeps_them_nearer_to_home() -> None:
    robot = load_robot("fetch_arm")
    near, far = (
        random_postures(robot, 50, np.random.default_rng(0), spread) - robot.home
        for spread in (0.25, 1.0)
    )
    np.testing.assert_allclose(near, 0.25 * far, atol=1e-12)
