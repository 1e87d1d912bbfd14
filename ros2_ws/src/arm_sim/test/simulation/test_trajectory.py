"""A trajectory starts at the present targets, meets each point in time, stays at the last."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arm_sim.common.arrays import Floats
from arm_sim.simulation.trajectory import Trajectory

S = 1_000_000_000
# Two arms of one joint.
TARGETS = np.array([[0.0], [10.0]])
POINTS = np.array([[[1.0], [20.0]], [[3.0], [0.0]]])
OFFSETS = np.array([1 * S, 2 * S])


def begun(now: int, start: int) -> Trajectory:
    return Trajectory(now, TARGETS, start, OFFSETS, POINTS)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (5.0, [0.0, 10.0]),
        (5.25, [0.25, 12.5]),
        (6.0, [1.0, 20.0]),
        (6.5, [2.0, 10.0]),
        (7.0, [3.0, 0.0]),
        (99.0, [3.0, 0.0]),
    ],
)
def test_one_that_starts_now(at: float, expected: list[float]) -> None:
    trajectory = begun(5 * S, 5 * S)
    np.testing.assert_allclose(trajectory.at(int(at * S))[:, 0], expected)
    assert trajectory.end_ns == 7 * S


def test_one_in_the_future_waits_for_its_start() -> None:
    trajectory = begun(5 * S, 8 * S)
    for waiting in (5, 6, 8):
        np.testing.assert_array_equal(trajectory.at(waiting * S), TARGETS)
    np.testing.assert_allclose(trajectory.at(8 * S + S // 2)[:, 0], [0.5, 15.0])
    np.testing.assert_allclose(trajectory.at(9 * S), POINTS[0])


def test_one_from_the_past_is_joined_midway() -> None:
    np.testing.assert_allclose(begun(5 * S, 3 * S + S // 2).at(5 * S)[:, 0], [2.0, 10.0])


def test_one_from_the_past_whose_first_point_is_to_come_goes_there_from_where_it_is() -> None:
    trajectory = begun(5 * S, 4 * S + S // 2)  # The first point is at 5.5 s.
    np.testing.assert_array_equal(trajectory.at(5 * S), TARGETS)
    np.testing.assert_allclose(trajectory.at(5 * S + S // 4)[:, 0], [0.5, 15.0])


@pytest.mark.parametrize("start", [5, 6])
def test_a_first_point_at_its_start_is_jumped_to_then_and_not_before(start: int) -> None:
    trajectory = Trajectory(5 * S, TARGETS, start * S, np.array([0, S]), POINTS)
    np.testing.assert_array_equal(trajectory.at(start * S - 1), TARGETS)
    np.testing.assert_array_equal(trajectory.at(start * S), POINTS[0])
    np.testing.assert_allclose(trajectory.at(start * S + S // 2)[:, 0], [2.0, 10.0])


def test_one_point_is_enough() -> None:
    trajectory = Trajectory(0, TARGETS, 0, OFFSETS[:1], POINTS[:1])
    np.testing.assert_allclose(trajectory.at(S // 2)[:, 0], [0.5, 15.0])
    np.testing.assert_array_equal(trajectory.at(2 * S), POINTS[0])


@given(
    now=st.integers(0, 10 * S),
    start=st.integers(-10 * S, 20 * S),
    steps=st.lists(st.tuples(st.integers(1, 5 * S), st.floats(-3, 3)), min_size=1, max_size=5),
    after=st.lists(st.integers(0, 40 * S), max_size=20),
)
def test_each_point_is_met_in_time_and_nothing_beyond_them(
    now: int, start: int, steps: list[tuple[int, float]], after: list[int]
) -> None:
    offsets = np.cumsum([step for step, _ in steps])
    points: Floats = np.array([value for _, value in steps]).reshape(-1, 1, 1)
    trajectory = Trajectory(now, np.zeros((1, 1)), start, offsets, points)
    for offset, point in zip(offsets, points, strict=True):
        np.testing.assert_array_equal(trajectory.at(start + int(offset)), point)
    lowest, highest = min(0.0, points.min()), max(0.0, points.max())
    for later in after:
        assert lowest - 1e-12 <= trajectory.at(now + later).item() <= highest + 1e-12
