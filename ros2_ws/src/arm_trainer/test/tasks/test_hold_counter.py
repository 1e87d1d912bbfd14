"""A goal counts as held only after enough control periods in a row."""

import numpy as np
import pytest

from arm_trainer.tasks.hold_counter import HoldCounter


def updates(counter: HoldCounter, *periods: tuple[bool, ...]) -> list[list[bool]]:
    """What each period of (arm 0, arm 1, …) returns."""
    return [counter.update(np.array(achieved)).tolist() for achieved in periods]


def test_a_goal_is_held_after_enough_periods_in_a_row() -> None:
    counter = HoldCounter(periods=3, arms=1)
    assert updates(counter, (True,), (True,), (True,), (True,)) == [
        [False],
        [False],
        [True],
        [True],
    ]


def test_one_period_outside_starts_the_count_again() -> None:
    counter = HoldCounter(periods=2, arms=1)
    found = updates(counter, (True,), (False,), (True,), (True,), (False,))
    assert found == [[False], [False], [False], [True], [False]]


def test_arms_are_counted_separately() -> None:
    counter = HoldCounter(periods=2, arms=3)
    updates(counter, (True, False, True), (True, True, False))
    np.testing.assert_array_equal(counter.counts, [2, 1, 0])
    np.testing.assert_array_equal(counter.held, [True, False, False])


def test_a_reset_starts_only_the_given_arms_again() -> None:
    counter = HoldCounter(periods=2, arms=3)
    updates(counter, (True, True, True), (True, True, True))
    counter.reset(np.array([0, 2]))
    np.testing.assert_array_equal(counter.held, [False, True, False])
    assert updates(counter, (True, True, True)) == [[False, True, False]]


@pytest.mark.parametrize("achieved", [True, False])
def test_with_one_period_held_is_achieved(achieved: bool) -> None:
    assert updates(HoldCounter(periods=1, arms=1), (achieved,)) == [[achieved]]
