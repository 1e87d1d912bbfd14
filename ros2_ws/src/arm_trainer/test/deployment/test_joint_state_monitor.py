"""A joint state is acted upon only if it is of now and follows from the one before."""

import numpy as np
import pytest

from arm_trainer.deployment.joint_state_monitor import JointStateMonitor, Verdict

FRESH, REPEATED = Verdict.FRESH, Verdict.REPEATED
DOUBTFUL, NEW = Verdict.DOUBTFUL, Verdict.NEW_BEGINNING
MAX_AGE = 0.5
SPEEDS = np.array([1.0, 2.0, np.inf])  # The last is a target's joint.
BEGAN = 1_000_000_000.0  # When the stamps begin, s; a real clock's are of that size.


class Watched:
    """A watch of states whose stamps are seconds since they began."""

    def __init__(self) -> None:
        self.watch = JointStateMonitor(SPEEDS, MAX_AGE)
        self.now = -np.inf

    def see(
        self,
        stamp: float,
        positions: tuple[float, float, float] = (0, 0, 0),
        clock: float | None = None,
    ) -> Verdict:
        """The clock is at the stamp if nothing else is said.

        A state arrives at its stamp, but never before the last.
        """
        clock = stamp if clock is None else clock
        self.now = max(self.now + 0.1, stamp)
        return self.watch.see(ns(stamp), np.array(positions, float), self.now, ns(clock))

    def trusted(self) -> float:
        """The stamp of the newest trusted state."""
        return (self.watch.stamp_ns - ns(0.0)) / 1e9


def ns(seconds: float) -> int:
    return int(BEGAN) * 10**9 + round(seconds * 1e9)


@pytest.fixture
def watched() -> Watched:
    return Watched()


def test_the_first_is_a_beginning_and_the_next_go_on(watched: Watched) -> None:
    assert watched.watch.stamp_ns == -1
    verdicts = [watched.see(0.05 * i, (0.05 * i, -0.1 * i, 0)) for i in range(5)]
    assert verdicts == [NEW, FRESH, FRESH, FRESH, FRESH]
    assert watched.trusted() == pytest.approx(0.2)


def test_the_same_stamp_again_is_a_repetition_and_no_sign_of_life(watched: Watched) -> None:
    watched.see(0.0)
    watched.see(0.1)
    assert watched.see(0.1) is REPEATED
    assert watched.see(0.1, (9, 9, 9), clock=9.0) is REPEATED
    assert watched.watch.age(0.4, ns(0.4)) == pytest.approx(0.3)
    assert watched.see(0.2) is FRESH


@pytest.mark.parametrize(
    ("stamp", "positions", "why"),
    [
        (0.95, (0, 0, 0), "its stamp is 0.050 s before the last"),
        (1.51, (0, 0, 0), "its stamp is 0.510 s after the last, more than 0.5 s"),
        # Twice the velocity limit and 0.05 are plausible.
        (1.1, (0.251, 0, 0), "a joint moved by 0.251 in 0.100 s"),
        (1.1, (0, -0.451, 0), "a joint moved by 0.451 in 0.100 s"),
    ],
)
def test_what_does_not_go_on_is_passed_over_once(
    watched: Watched, stamp: float, positions: tuple[float, float, float], why: str
) -> None:
    watched.see(1.0)
    assert watched.see(stamp, positions) is DOUBTFUL
    assert watched.watch.rejection_reason == why
    assert watched.trusted() == 1.0
    # An outlier is forgotten when the next goes on from the one before it, ...
    assert watched.see(1.15) is FRESH
    # ... so that another like it is again one alone.
    assert watched.see(stamp + 0.15, positions) is DOUBTFUL


@pytest.mark.parametrize(
    ("stamp", "positions"),
    [(1.499, (0, 0, 0)), (1.1, (0.249, 0.449, 0)), (1.1, (0, 0, 50)), (1.001, (0.05, 0, 0))],
)
def test_what_an_arm_can_do_goes_on(
    watched: Watched, stamp: float, positions: tuple[float, float, float]
) -> None:
    watched.see(1.0)
    assert watched.see(stamp, positions) is FRESH


@pytest.mark.parametrize(
    ("stamp", "positions"), [(0.2, (0, 0, 0)), (30.0, (0, 0, 0)), (1.1, (2.0, 0, 0))]
)
def test_those_that_agree_until_the_last_is_stale_are_a_new_beginning(
    watched: Watched, stamp: float, positions: tuple[float, float, float]
) -> None:
    watched.see(1.0)
    for later in (0.0, 0.1, 0.2, 0.3, 0.4):
        assert watched.see(stamp + later, positions) is DOUBTFUL
    assert watched.trusted() == 1.0
    assert watched.see(stamp + 0.5, positions) is NEW
    assert watched.trusted() == pytest.approx(stamp + 0.5)
    assert watched.see(stamp + 0.6, positions) is FRESH


def test_a_series_of_doubtful_states_that_breaks_begins_again(watched: Watched) -> None:
    watched.see(1.0)
    for i in range(20):
        assert watched.see(1.1 + 0.1 * i, (2.0 + 3.0 * (i // 4), 0, 0)) is DOUBTFUL


def test_two_that_do_not_agree_are_no_beginning(watched: Watched) -> None:
    watched.see(1.0)
    for i in range(8):
        assert watched.see(1.05 + 0.05 * i, (2 if i % 2 else -2, 0, 0)) is DOUBTFUL
    # Nor is one that is heard twice.
    assert watched.see(1.4, (2, 0, 0)) is DOUBTFUL
    assert watched.trusted() == 1.0
    assert watched.see(1.45) is FRESH


@pytest.mark.parametrize(
    ("clock", "why"),
    [
        (10.51, "its stamp is 0.510 s in the past"),
        (69.9, "its stamp is 59.900 s in the past"),
        (9.49, "its stamp is 0.510 s in the future"),
        (-49.9, "its stamp is 59.900 s in the future"),
    ],
)
def test_a_stamp_off_the_nodes_clock_is_doubtful_however_often(
    watched: Watched, clock: float, why: str
) -> None:
    for i in range(4):
        assert watched.see(10 + 0.05 * i, clock=clock + 0.05 * i) is DOUBTFUL
        assert watched.watch.rejection_reason == why
    assert watched.watch.stamp_ns == -1
    assert watched.see(10.2) is NEW


@pytest.mark.parametrize("off", [-0.49, 0.49, 60.0, -60.0, 1e5, -BEGAN])
def test_a_clock_that_agrees_or_is_another_is_no_reason_to_doubt(
    watched: Watched, off: float
) -> None:
    assert watched.see(10.0, clock=10.0 + off) is NEW
    assert watched.see(10.05, clock=10.05 + off) is FRESH


def test_age_counts_from_arrival_or_from_the_stamp_if_that_is_older(watched: Watched) -> None:
    watch = watched.watch
    assert watch.age(5.0, ns(5.0)) == np.inf
    watch.see(ns(9.8), np.zeros(3), 70.0, ns(10.0))  # It took 0.2 s to arrive.
    assert watch.age(70.0, ns(10.0)) == pytest.approx(0.2)
    assert watch.age(70.3, ns(10.3)) == pytest.approx(0.5)
    # The node's clock stands still or is another's: only the arrival counts.
    assert watch.age(70.3, ns(10.0)) == pytest.approx(0.3)
    assert watch.age(70.3, 5) == pytest.approx(0.3)
    assert watch.age(70.3, ns(500.0)) == pytest.approx(0.3)


def test_what_is_passed_over_does_not_make_younger(watched: Watched) -> None:
    watched.see(1.0)
    watched.see(1.1, (3, 0, 0))
    assert watched.watch.age(1.2, ns(1.2)) == pytest.approx(0.2)
