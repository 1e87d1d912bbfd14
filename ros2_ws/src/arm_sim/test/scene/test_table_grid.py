"""Rectangles lie on the table, within reach, and the largest come first."""

import numpy as np
import pytest

from arm_sim.robot.robot import Robot
from arm_sim.scene.hand_above import HandAbove
from arm_sim.scene.support import Surface, support_surfaces
from arm_sim.scene.table_grid import Rectangle, TableGrid


@pytest.fixture(scope="module")
def hand(robot: Robot) -> HandAbove:
    return HandAbove(robot)


def test_the_largest_come_first_and_all_are_on_the_table(hand: HandAbove) -> None:
    table = support_surfaces(hand.robot)[0]
    found = list(TableGrid(hand, table, 0.62).rectangles(0.72))
    sizes = np.array([area.upper - area.lower for area in found])
    assert len(found) >= 2
    assert (np.diff(sizes.prod(axis=1)) <= 1e-9).all()
    assert sizes.min() == pytest.approx(0.2 * hand.reach, rel=0.01)
    assert sizes.max() <= 0.41 * hand.reach
    assert all((area.lower >= table.lower + 0.029).all() for area in found)
    assert all((area.upper <= table.upper - 0.029).all() for area in found)


def test_at_their_corners_the_hand_can_point_down(hand: HandAbove) -> None:
    table = support_surfaces(hand.robot)[0]
    area = next(TableGrid(hand, table, 0.62).rectangles(0.72))
    for height in (0.62, 0.72):
        points = np.column_stack([area.places(2), np.full(4, height)])
        assert hand.postures(points, restarts=8)[1].all()


def test_a_table_that_is_too_small_or_far_has_none(hand: HandAbove) -> None:
    for lower, upper in (((0.55, -0.05), (0.7, 0.05)), ((1.5, -0.5), (2.5, 0.5))):
        small = Surface(0.6, np.array(lower), np.array(upper))
        assert list(TableGrid(hand, small, 0.62).rectangles(0.72)) == []


def test_places_go_from_edge_to_edge() -> None:
    places = Rectangle(np.array([0.1, -0.2]), np.array([0.3, 0.2])).places(3)
    assert places.shape == (9, 2)
    np.testing.assert_allclose(places.min(axis=0), (0.1, -0.2), rtol=0, atol=1e-12)
    np.testing.assert_allclose(places.max(axis=0), (0.3, 0.2), rtol=0, atol=1e-12)
    np.testing.assert_allclose(places.mean(axis=0), (0.2, 0.0), rtol=0, atol=1e-12)
