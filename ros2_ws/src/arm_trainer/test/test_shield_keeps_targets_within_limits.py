"""Whatever a policy says, targets stay finite, inside the limits, and within one step of before."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from arm_sim.robot import Robot
from arm_trainer.shield import Shield

PERIOD = 0.05
ARMS, JOINTS = 3, 7


@pytest.fixture(scope="module")
def shield(robot: Robot) -> Shield:
    return Shield(robot, PERIOD)


@pytest.fixture(scope="module")
def largest(robot: Robot) -> np.ndarray:
    """The farthest that a target may move in one period, rad."""
    return robot.velocity_limits[robot.arm] * PERIOD


def anything(dtype: type[np.floating]) -> st.SearchStrategy[np.ndarray]:
    """Actions of any value whatever: large, tiny, infinite and NaN included."""
    width = np.dtype(dtype).itemsize * 8
    values = st.one_of(st.floats(-2, 2, width=width), st.floats(width=width))
    return hnp.arrays(dtype, (ARMS, JOINTS), elements=values)


@given(
    where=hnp.arrays(float, (ARMS, JOINTS), elements=st.floats(0, 1)),
    sequence=st.lists(st.one_of(anything(np.float32), anything(np.float64)), max_size=8),
    repeats=st.integers(1, 300),
)
def test_any_actions_for_any_time_keep_the_limits(
    robot: Robot,
    shield: Shield,
    largest: np.ndarray,
    where: np.ndarray,
    sequence: list[np.ndarray],
    repeats: int,
) -> None:
    lower, upper = robot.lower[robot.arm], robot.upper[robot.arm]
    targets = np.maximum(lower, -50) * (1 - where) + np.minimum(upper, 50) * where
    targets = np.clip(targets, lower, upper)
    for _ in range(min(repeats, 100 // (len(sequence) or 1))):
        for actions in sequence:
            after = shield.next_targets(targets, actions)
            assert after.shape == targets.shape and after.dtype == np.float64
            assert np.isfinite(after).all()
            assert ((lower <= after) & (after <= upper)).all()
            # Adding to a target rounds it.
            assert (np.abs(after - targets) <= largest + 1e-12).all()
            targets = after


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("joint", range(JOINTS))
def test_one_value_that_is_not_finite_holds_that_arm_and_no_other(
    robot: Robot, shield: Shield, largest: np.ndarray, value: float, joint: int
) -> None:
    targets = np.tile(robot.home[robot.arm], (ARMS, 1))
    actions = np.full((ARMS, JOINTS), 0.5)
    actions[1, joint] = value
    after = shield.next_targets(targets, actions)
    np.testing.assert_array_equal(after[1], targets[1])
    np.testing.assert_allclose(after[[0, 2]], targets[[0, 2]] + 0.5 * largest, rtol=0, atol=1e-15)


def test_full_action_is_the_velocity_limit_and_more_is_no_more(
    robot: Robot, shield: Shield, largest: np.ndarray
) -> None:
    np.testing.assert_allclose(
        largest, np.array([1.256, 1.454, 1.571, 1.521, 1.571, 2.268, 2.268]) / 20
    )
    targets = robot.home[None, robot.arm]
    for action in (1.0, 1.5, 1e308):
        after = shield.next_targets(targets, np.full((1, JOINTS), -action))
        np.testing.assert_array_equal(after, targets - largest)


def test_a_shorter_period_means_shorter_steps(robot: Robot, largest: np.ndarray) -> None:
    targets = robot.home[None, robot.arm]
    after = Shield(robot, PERIOD / 2).next_targets(targets, np.ones((1, JOINTS)))
    np.testing.assert_allclose(after, targets + largest / 2, rtol=0, atol=1e-15)


def test_pushing_on_ends_at_the_limit_and_goes_back_from_there(
    robot: Robot, shield: Shield, largest: np.ndarray
) -> None:
    limited = np.isfinite(robot.upper[robot.arm])
    targets = robot.home[None, robot.arm]
    for _ in range(200):
        targets = shield.next_targets(targets, np.ones((1, JOINTS)))
    np.testing.assert_array_equal(targets[0, limited], robot.upper[robot.arm][limited])
    assert limited.sum() == 4
    after = shield.next_targets(targets, -np.ones((1, JOINTS)))
    np.testing.assert_allclose(after, targets - largest, rtol=0, atol=1e-12)


def test_what_is_given_is_not_changed(robot: Robot, shield: Shield) -> None:
    targets = np.tile(robot.home[robot.arm], (ARMS, 1))
    actions = np.full((ARMS, JOINTS), 3.0)
    actions[0, 0] = np.nan
    kept = targets.copy(), actions.copy()
    shield.next_targets(targets, actions)
    np.testing.assert_array_equal(targets, kept[0])
    np.testing.assert_array_equal(actions, kept[1])
