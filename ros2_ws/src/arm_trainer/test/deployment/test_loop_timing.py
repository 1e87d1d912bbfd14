"""Durations are reported as mean, 99th percentile and maximum in ms."""

import pytest

from arm_trainer.deployment.loop_timing import ControlTiming, LoopTiming


def test_each_name_has_a_row_of_its_own() -> None:
    timings = LoopTiming(("period", "inference", "unused"))
    for number in range(1, 101):
        timings.add("period", number / 1e3)
    timings.add("inference", 0.0005)
    assert timings.report() == {
        "period: mean, p99, max (ms)": "50.500, 99.010, 100.000",
        "inference: mean, p99, max (ms)": "0.500, 0.500, 0.500",
    }


def test_a_report_contains_only_what_came_since_the_last() -> None:
    timings = LoopTiming(("period",))
    assert timings.report() == {}
    timings.add("period", 1.0)
    assert timings.report()
    assert timings.report() == {}
    timings.add("period", 0.002)
    assert timings.report() == {"period: mean, p99, max (ms)": "2.000, 2.000, 2.000"}


def test_an_unknown_name_raises() -> None:
    with pytest.raises(KeyError):
        LoopTiming(("period",)).add("perod", 1.0)


def test_control_period_and_jitter_are_measured_from_action_to_action() -> None:
    timing = ControlTiming(period=0.05)
    for now in (1.0, 1.04, 1.1):
        timing.record_action(now)
    report = timing.report()
    assert report == {
        "control period: mean, p99, max (ms)": "50.000, 59.800, 60.000",
        "jitter: mean, p99, max (ms)": "10.000, 10.000, 10.000",
    }


def test_the_time_of_an_interruption_is_no_control_period() -> None:
    timing = ControlTiming(period=0.05)
    timing.record_action(1.0)
    timing.interrupt()
    timing.record_action(9.0)
    assert timing.report() == {}
    timing.record_action(9.05)
    assert timing.report()["control period: mean, p99, max (ms)"].startswith("50.000")
