"""Success rates come with the right intervals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arm_trainer.evaluation.statistics import (
    Interval,
    independent_trials,
    is_lower,
    row_interval,
    wilson_interval,
)


# Worked out beforehand in decimal arithmetic.
@pytest.mark.parametrize(
    ("successes", "trials", "lower", "upper"),
    [
        (95, 100, 0.888250, 0.978456),
        (0, 10, 0.0, 0.277533),
        (10, 10, 0.722467, 1.0),
        (1, 1, 0.206549, 1.0),
        (5, 10, 0.236593, 0.763407),
        (1, 20, 0.008881, 0.236131),
        (999, 1000, 0.994357, 0.999823),
    ],
)
def test_intervals_are_wilsons(successes: int, trials: int, lower: float, upper: float) -> None:
    found = wilson_interval(successes, trials)
    assert found.rate == successes / trials
    assert found.lower == pytest.approx(lower, abs=1e-6)
    assert found.upper == pytest.approx(upper, abs=1e-6)


def test_of_no_trials_nothing_is_known() -> None:
    assert wilson_interval(0, 0) == Interval(0.0, 0.0, 1.0)


@given(trials=st.integers(1, 10_000), part=st.floats(0, 1))
def test_an_interval_holds_its_rate_and_mirrors(trials: int, part: float) -> None:
    successes = round(part * trials)
    found, mirrored = (
        wilson_interval(successes, trials),
        wilson_interval(trials - successes, trials),
    )
    assert 0.0 <= found.lower <= found.rate + 1e-12
    assert found.rate - 1e-12 <= found.upper <= 1.0
    assert found.lower == pytest.approx(1.0 - mirrored.upper, abs=1e-12)
    # What defines it: seen from either end, the rate found is 1.96 standard errors away.
    for end in (found.lower, found.upper):
        assert (found.rate - end) ** 2 == pytest.approx(
            1.959964**2 * end * (1 - end) / trials, rel=1e-9, abs=1e-12
        )


def test_an_interval_is_written_in_percent() -> None:
    assert str(wilson_interval(95, 100)) == "95.0% (88.8% to 97.8%)"


def rows(*texts: str) -> list[np.ndarray]:
    return [np.array([letter == "+" for letter in text]) for text in texts]


def test_trials_without_dependence_count_fully() -> None:
    assert independent_trials(rows("++++", "++++")) == 8
    assert independent_trials(rows("----")) == 4
    assert independent_trials(rows("+", "-", "+")) == 3
    # One miss: the trials beside it were reached.
    assert row_interval(rows(40 * "+" + "-" + 59 * "+")) == wilson_interval(99, 100)


def test_trials_that_go_on_like_the_one_before_count_less() -> None:
    # Mean 1/2; of the three pairs two are equal and one is not: ρ = 1/3, so 4 · (2/3) / (4/3).
    assert independent_trials(rows("++--")) == pytest.approx(2)
    # Pairs are within a row: here all are equal, and there are as many independent trials as rows.
    assert independent_trials(rows(50 * "+", 50 * "-")) == 2


def test_an_arm_that_fails_from_some_target_on_has_a_wide_interval() -> None:
    lost = row_interval(rows(100 * "+", 30 * "+" + 70 * "-"))
    naive = wilson_interval(130, 200)
    assert lost.rate == naive.rate
    assert lost.upper - lost.lower > 3 * (naive.upper - naive.lower)


def test_the_interval_holds_the_truth_of_arms_that_get_lost_and_come_back() -> None:
    random = np.random.default_rng(0)

    def row(length: int) -> np.ndarray:
        found, lost = [], False
        for _ in range(length):
            found.append(not lost)
            lost = bool(random.random() > 0.3) if lost else bool(random.random() < 0.05)
        return np.array(found)

    truth = row(200_000).mean()
    intervals = [row_interval([row(100), row(100)]) for _ in range(300)]
    inside = np.mean([found.lower <= truth <= found.upper for found in intervals])
    assert inside > 0.9


def test_lower_by_chance_is_not_lower() -> None:
    assert not is_lower(0.98, 200, 1.0, 200)
    assert not is_lower(0.9, 10, 1.0, 10)
    assert is_lower(0.9, 200, 1.0, 200)
    assert not is_lower(1.0, 200, 0.9, 200)
    assert not is_lower(1.0, 200, 1.0, 200)
    random = np.random.default_rng(0)
    found = [is_lower(a / 200, 200, b / 200, 200) for a, b in random.binomial(200, 0.9, (2000, 2))]
    assert np.mean(found) < 0.02
