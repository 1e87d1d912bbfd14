"""Confidence intervals of success rates."""

import math
from dataclasses import dataclass

# The standard normal distribution's 97.5 % quantile, for a two-sided 95 % interval.
_Z95 = 1.959964


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


def wilson_interval(successes: int, trials: int) -> Interval:
    """Returns a success rate with its 95 % Wilson score interval.

    The formula is that of E. B. Wilson, "Probable inference, the law of succession, and statistical
    inference", Journal of the American Statistical Association 22 (1927). Unlike the normal
    approximation it is meaningful near 0 and 1. Without trials the interval is [0, 1].
    """
    if trials == 0:
        return Interval(0.0, 0.0, 1.0)
    rate = successes / trials
    scale = 1.0 + _Z95**2 / trials
    centre = (rate + _Z95**2 / (2 * trials)) / scale
    half = _Z95 * math.sqrt(rate * (1 - rate) / trials + (_Z95 / (2 * trials)) ** 2) / scale
    return Interval(rate, max(0.0, centre - half), min(1.0, centre + half))
