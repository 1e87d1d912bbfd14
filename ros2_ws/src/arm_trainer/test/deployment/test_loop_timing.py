"""LoopTiming are reported as mean, 99th percentile and maximum in ms, each report anew."""

import pytest

from arm_trainer.deployment.loop_timing import LoopTiming


def test_each_name_is_reported_for_itself() -> None:
    timings = LoopTiming(("period", "inference", "unused"))
    for number in range(1, 101):
        timings.add("period", number / 1e3)
    timings.add("inference", 0.0005)
    assert timings.report() == {
        "period: mean, p99, max (ms)": "50.500, 99.010, 100.000",
        "inference: mean, p99, max (ms)": "0.500, 0.500, 0.500",
    }


def test_a_report_forgets() -> None:
    timings = LoopTiming(("period",))
    assert timings.report() == {}
    timings.add("period", 1.0)
    assert timings.report()
    assert timings.report() == {}
    timings.add("period", 0.002)
    assert timings.report() == {"period: mean, p99, max (ms)": "2.000, 2.000, 2.000"}


def test_an_unknown_name_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        LoopTiming(("period",)).add("perod", 1.0)
