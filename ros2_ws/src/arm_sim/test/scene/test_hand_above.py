"""Points above which the hand can point down are told from others."""

import numpy as np
import pytest

from arm_sim.robot.robot import Robot
from arm_sim.scene.hand_above import HandAbove


@pytest.fixture(scope="module")
def hand(robot: Robot) -> HandAbove:
    return HandAbove(robot)


def test_the_reach_is_that_of_the_arm(hand: HandAbove) -> None:
    assert 1.0 < hand.reach < 1.2
    np.testing.assert_allclose(hand.shoulder, (0.033, 0.0, 0.926), rtol=0, atol=1e-3)


def test_neither_out_of_reach_nor_in_the_table(hand: HandAbove) -> None:
    points = np.array([[0.62, 0.1, 0.7], [1.1, 0.0, 0.7], [0.62, 0.1, 0.58]])
    postures, good = hand.postures(points, restarts=2)
    assert good.tolist() == [True, False, False]
    assert postures.shape == (3, len(hand.robot.arm))
