"""A controller acts once per control period of the states' stamps, and brakes by the clock."""

import numpy as np
import pytest

from arm_trainer.deployment.control_schedule import ControlSchedule

PERIOD = 0.05
BEGAN = 1_000_000_000.0  # The first stamp, s; of the size of a real clock's.


def ns(seconds: float) -> int:
    return int(BEGAN) * 10**9 + round(seconds * 1e9)


@pytest.fixture
def schedule() -> ControlSchedule:
    started = ControlSchedule(PERIOD)
    started.start(ns(0.0))
    return started


def acted_at(schedule: ControlSchedule, stamps: np.ndarray) -> list[float]:
    """The stamps on which a controller acts that is never held."""
    acted = []
    for stamp in stamps:
        if schedule.start_period(ns(stamp)):
            schedule.record_action(ns(stamp))
            acted.append(round(float(stamp), 6))
    return acted


def test_it_acts_on_the_first_state_and_then_once_per_period(schedule: ControlSchedule) -> None:
    acted = acted_at(schedule, 0.01 * np.arange(21))
    assert acted == [0.0, 0.05, 0.1, 0.15, 0.2]


def test_the_mean_rate_stays_where_states_do_not_divide_the_period(
    schedule: ControlSchedule,
) -> None:
    acted = acted_at(schedule, 0.008 * np.arange(1000))
    assert len(acted) == pytest.approx(8.0 / PERIOD, abs=1)
    assert min(np.diff(acted)) >= 0.9 * PERIOD


def test_jitter_of_the_stamps_skips_no_period(schedule: ControlSchedule) -> None:
    stamps = np.array([0.0, 0.046, 0.1, 0.146, 0.2])
    assert acted_at(schedule, stamps) == stamps.tolist()


def test_after_a_late_state_no_action_follows_too_soon(schedule: ControlSchedule) -> None:
    assert acted_at(schedule, np.array([0.0, 0.09, 0.1, 0.13, 0.14, 0.15])) == [0.0, 0.09, 0.14]


def test_missed_periods_are_not_made_up_for(schedule: ControlSchedule) -> None:
    acted = acted_at(schedule, np.concatenate([[0.0], 1.0 + 0.001 * np.arange(1001)]))
    assert acted[:2] == [0.0, 1.0]
    # The first two periods may be shorter by the jitter that is allowed, the others are not.
    assert min(np.diff(acted)) >= 0.9 * PERIOD - 1e-9
    np.testing.assert_allclose(np.diff(acted[3:]), PERIOD)


def test_a_new_series_is_due_at_once_although_its_stamps_are_older(
    schedule: ControlSchedule,
) -> None:
    acted_at(schedule, np.array([5.0]))
    assert not schedule.start_period(ns(0.2))
    schedule.start(ns(0.2))
    assert schedule.start_period(ns(0.2))


def test_a_period_without_an_action_is_over_as_well(schedule: ControlSchedule) -> None:
    assert schedule.start_period(ns(0.0))
    assert not schedule.start_period(ns(0.01))
    assert schedule.start_period(ns(0.05))


def test_braking_starts_a_period_after_the_last_command(schedule: ControlSchedule) -> None:
    schedule.hold(now=10.0, commanded_at=9.98)
    assert not schedule.start_braking_period(10.02) and not schedule.may_act(10.02)
    assert schedule.start_braking_period(10.04)
    # And then once per period; actions wait for the end of the last one.
    assert not schedule.start_braking_period(10.08) and not schedule.may_act(10.08)
    assert schedule.may_act(10.1)
    assert schedule.start_braking_period(10.1)


@pytest.mark.parametrize("commanded_at", [-np.inf, 9.0])
def test_without_a_recent_command_braking_starts_at_once(
    schedule: ControlSchedule, commanded_at: float
) -> None:
    schedule.hold(now=10.0, commanded_at=commanded_at)
    assert schedule.start_braking_period(10.0)
