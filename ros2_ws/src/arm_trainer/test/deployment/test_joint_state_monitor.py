"""A joint state is accepted only if it is recent and consistent with the one before."""

import numpy as np
import pytest

from arm_trainer.deployment.joint_state_monitor import JointStateMonitor, Verdict

CONSISTENT, REPEATED = Verdict.CONSISTENT, Verdict.REPEATED
INCONSISTENT, NEW = Verdict.INCONSISTENT, Verdict.NEW_SERIES
MAX_AGE = 0.5
SPEEDS = np.array([1.0, 2.0, np.inf])  # The last is a target's joint.
BEGAN = 1_000_000_000.0  # The first stamp, s; of the size of a real clock's.


class States:
    """States for a monitor; stamps are seconds since `BEGAN`."""

    def __init__(self) -> None:
        self.monitor = JointStateMonitor(SPEEDS, MAX_AGE)
        self.now = -np.inf

    def update(
        self,
        stamp: float,
        positions: tuple[float, float, float] = (0, 0, 0),
        clock: float | None = None,
    ) -> Verdict:
        """Gives the monitor a state that arrives at its stamp, but never before the last.

        The node's clock is at the stamp too, unless `clock` is given.
        """
        clock = stamp if clock is None else clock
        self.now = max(self.now + 0.1, stamp)
        return self.monitor.update(ns(stamp), np.array(positions, float), self.now, ns(clock))

    def accepted(self) -> float:
        """The stamp of the newest accepted state."""
        return (self.monitor.stamp_ns - ns(0.0)) / 1e9


def ns(seconds: float) -> int:
    return int(BEGAN) * 10**9 + round(seconds * 1e9)


@pytest.fixture
def states() -> States:
    return States()


def test_the_first_state_starts_a_series_and_the_next_are_consistent(states: States) -> None:
    assert states.monitor.stamp_ns == -1 and not states.monitor.has_state
    verdicts = [states.update(0.05 * i, (0.05 * i, -0.1 * i, 0)) for i in range(5)]
    assert verdicts == [NEW, CONSISTENT, CONSISTENT, CONSISTENT, CONSISTENT]
    assert states.monitor.has_state and states.monitor.ignored == 0
    assert states.accepted() == pytest.approx(0.2)


def test_a_repeated_stamp_does_not_make_the_state_younger(states: States) -> None:
    states.update(0.0)
    states.update(0.1)
    assert states.update(0.1) is REPEATED
    assert states.update(0.1, (9, 9, 9), clock=9.0) is REPEATED
    assert states.monitor.age(0.4, ns(0.4)) == pytest.approx(0.3)
    assert states.update(0.2) is CONSISTENT


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
def test_an_inconsistent_state_is_ignored(
    states: States, stamp: float, positions: tuple[float, float, float], why: str
) -> None:
    states.update(1.0)
    assert states.update(stamp, positions) is INCONSISTENT
    assert states.monitor.ignored == 1
    assert states.monitor.rejection_reason == why
    assert states.accepted() == 1.0
    # An outlier is forgotten when the next is consistent with the one before it, ...
    assert states.update(1.15) is CONSISTENT
    # ... so that another outlier starts no series with it.
    assert states.update(stamp + 0.15, positions) is INCONSISTENT


@pytest.mark.parametrize(
    ("stamp", "positions"),
    [(1.499, (0, 0, 0)), (1.1, (0.249, 0.449, 0)), (1.1, (0, 0, 50)), (1.001, (0.05, 0, 0))],
)
def test_a_movement_that_the_arm_can_make_is_consistent(
    states: States, stamp: float, positions: tuple[float, float, float]
) -> None:
    states.update(1.0)
    assert states.update(stamp, positions) is CONSISTENT


@pytest.mark.parametrize(
    ("stamp", "positions"), [(0.2, (0, 0, 0)), (30.0, (0, 0, 0)), (1.1, (2.0, 0, 0))]
)
def test_ignored_states_that_agree_until_the_last_is_stale_start_a_new_series(
    states: States, stamp: float, positions: tuple[float, float, float]
) -> None:
    states.update(1.0)
    for later in (0.0, 0.1, 0.2, 0.3, 0.4):
        assert states.update(stamp + later, positions) is INCONSISTENT
    assert states.accepted() == 1.0
    assert states.update(stamp + 0.5, positions) is NEW
    assert states.accepted() == pytest.approx(stamp + 0.5)
    assert states.update(stamp + 0.6, positions) is CONSISTENT


def test_ignored_states_must_agree_for_the_whole_time(states: States) -> None:
    states.update(1.0)
    for i in range(20):
        assert states.update(1.1 + 0.1 * i, (2.0 + 3.0 * (i // 4), 0, 0)) is INCONSISTENT


def test_ignored_states_that_do_not_agree_start_no_series(states: States) -> None:
    states.update(1.0)
    for i in range(8):
        assert states.update(1.05 + 0.05 * i, (2 if i % 2 else -2, 0, 0)) is INCONSISTENT
    # Nor does a repeated one.
    assert states.update(1.4, (2, 0, 0)) is INCONSISTENT
    assert states.accepted() == 1.0
    assert states.update(1.45) is CONSISTENT


@pytest.mark.parametrize(
    ("clock", "why"),
    [
        (10.51, "its stamp is 0.510 s in the past"),
        (69.9, "its stamp is 59.900 s in the past"),
        (9.49, "its stamp is 0.510 s in the future"),
        (-49.9, "its stamp is 59.900 s in the future"),
    ],
)
def test_a_stamp_that_differs_from_the_nodes_clock_is_always_ignored(
    states: States, clock: float, why: str
) -> None:
    for i in range(4):
        assert states.update(10 + 0.05 * i, clock=clock + 0.05 * i) is INCONSISTENT
        assert states.monitor.rejection_reason == why
    assert states.monitor.stamp_ns == -1
    assert states.update(10.2) is NEW


@pytest.mark.parametrize("off", [-0.49, 0.49, 60.0, -60.0, 1e5, -BEGAN])
def test_stamps_of_the_same_or_of_quite_another_clock_are_accepted(
    states: States, off: float
) -> None:
    assert states.update(10.0, clock=10.0 + off) is NEW
    assert states.update(10.05, clock=10.05 + off) is CONSISTENT


def test_age_is_the_time_since_arrival_or_since_an_older_stamp(states: States) -> None:
    monitor = states.monitor
    assert monitor.age(5.0, ns(5.0)) == np.inf
    monitor.update(ns(9.8), np.zeros(3), 70.0, ns(10.0))  # It took 0.2 s to arrive.
    assert monitor.age(70.0, ns(10.0)) == pytest.approx(0.2)
    assert monitor.age(70.3, ns(10.3)) == pytest.approx(0.5)
    # The node's clock stands still or is another clock: only the arrival counts.
    assert monitor.age(70.3, ns(10.0)) == pytest.approx(0.3)
    assert monitor.age(70.3, 5) == pytest.approx(0.3)
    assert monitor.age(70.3, ns(500.0)) == pytest.approx(0.3)


def test_an_ignored_state_does_not_make_the_state_younger(states: States) -> None:
    states.update(1.0)
    states.update(1.1, (3, 0, 0))
    assert states.monitor.age(1.2, ns(1.2)) == pytest.approx(0.2)
