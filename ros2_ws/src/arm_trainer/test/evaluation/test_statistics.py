"""Success rates come with the right intervals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arm_trainer.evaluation.statistics import Interval, wilson_interval


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
