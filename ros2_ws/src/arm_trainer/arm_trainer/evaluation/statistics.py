"""Confidence intervals and comparison of success rates."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from arm_trainer.tasks.task import Bools

# The standard normal distribution's 97.5 % quantile, for a two-sided 95 % interval.
_Z95 = 1.959964
# Its 99 % quantile, for a one-sided test at 1 %.
_Z99 = 2.326348


@dataclass(frozen=True)
class Interval:
    """A success rate with its 95 % confidence interval, each in [0, 1].

    `str` gives it in percent: '95.0% (88.8% to 97.8%)'.
    """

    rate: float
    lower: float
    upper: float

    def __str__(self) -> str:
        return f"{self.rate:.1%} ({self.lower:.1%} to {self.upper:.1%})"


def wilson_interval(successes: float, trials: float) -> Interval:
    """Returns a success rate with its 95 % Wilson score interval.

    The formula is that of E. B. Wilson, "Probable inference, the law of succession, and statistical
    inference", Journal of the American Statistical Association 22 (1927). Unlike the normal
    approximation it is meaningful near 0 and 1. Without trials the interval is [0, 1].

    Args:
        successes: Number of successes.
        trials: Number of independent trials; not whole if it is an effective number.
    """
    if trials == 0:
        return Interval(0.0, 0.0, 1.0)
    rate = successes / trials
    scale = 1.0 + _Z95**2 / trials
    centre = (rate + _Z95**2 / (2 * trials)) / scale
    half = _Z95 * math.sqrt(rate * (1 - rate) / trials + (_Z95 / (2 * trials)) ** 2) / scale
    return Interval(rate, max(0.0, centre - half), min(1.0, centre + half))


def independent_trials(rows: Sequence[Bools]) -> float:
    """Returns to how many independent trials some rows of successive trials amount.

    Of n trials with a correlation ρ between one trial and the next, the mean varies as that of
    n (1 − ρ) / (1 + ρ) independent ones: J. Klotz, "Statistical inference in Bernoulli trials with
    dependence", Annals of Statistics 1 (1973). A negative ρ counts as 0. Rows are independent of
    each other, so the result is at least their number.

    Args:
        rows: (M,) whether each trial of a row succeeded, at least one trial in all.
    """
    count = sum(map(len, rows))
    mean = sum(int(row.sum()) for row in rows) / count
    products = [(row[:-1] - mean) * (row[1:] - mean) for row in rows]
    pairs = count - len(rows)
    if pairs == 0 or mean in (0.0, 1.0):
        return float(count)
    covariance = sum(float(product.sum()) for product in products) / pairs
    correlation = min(1.0, max(0.0, covariance / (mean * (1.0 - mean))))
    return max(float(len(rows)), count * (1.0 - correlation) / (1.0 + correlation))


def row_interval(rows: Sequence[Bools]) -> Interval:
    """Returns the success rate in rows of successive trials, with its 95 % interval.

    It is Wilson's for the number of `independent_trials`. If no two trials depend on each other it
    is Wilson's for all trials; if an arm fails from some trial on, it is much wider.

    Args:
        rows: (M,) whether each trial of a row succeeded, at least one trial in all.
    """
    rate = sum(int(row.sum()) for row in rows) / sum(map(len, rows))
    independent = independent_trials(rows)
    found = wilson_interval(rate * independent, independent)
    return Interval(rate, found.lower, found.upper)


def is_lower(rate: float, trials: int, than: float, of: int) -> bool:
    """Returns whether a success rate is lower than another, by more than chance at a level of 1 %.

    This is the one-sided two-proportion z-test. It takes all trials as independent, which they are
    under the hypothesis that it tests: that both rates are of the same independent trials.

    Args:
        rate: The rate that may be lower.
        trials: Its number of trials.
        than: The rate that it is compared with.
        of: The number of that one's trials.
    """
    pooled = (rate * trials + than * of) / (trials + of)
    error = math.sqrt(pooled * (1.0 - pooled) * (1.0 / trials + 1.0 / of))
    return than - rate > _Z99 * error
