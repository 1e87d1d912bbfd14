"""What is delayed comes out in its order, never early, and at the same times every time."""

from hypothesis import given
from hypothesis import strategies as st

from arm_sim.simulation.delay_line import DelayLine

MS = 1_000_000
steps = st.lists(st.integers(0, 300 * MS), max_size=30)
seconds = st.floats(0.0, 1.0)


def released(line: DelayLine[int], times: list[int]) -> dict[int, int]:
    """When each of the messages put in at `times` comes out, asked every ms; in their order."""
    out: dict[int, int] = {}
    waiting = list(enumerate(times))
    now = 0
    while len(out) < len(times):
        while waiting and waiting[0][1] <= now:
            item, put = waiting.pop(0)
            line.put(put, item)
        for item in line.take(now):
            out[item] = now
        now += MS
        assert now < 20_000 * MS
    return out


def test_without_delay_it_comes_out_at_once() -> None:
    line = DelayLine[str](0.0, 0.0, seed=0)
    line.put(5, "a")
    line.put(5, "b")
    assert line.take(5) == ["a", "b"]
    assert line.take(5) == []


def test_a_delay_is_exact() -> None:
    line = DelayLine[str](0.1, 0.0, seed=0)
    line.put(7, "a")
    assert line.take(100 * MS + 6) == []
    assert line.take(100 * MS + 7) == ["a"]


@given(steps=steps, delay=seconds, jitter=seconds, seed=st.integers(0, 9))
def test_with_jitter_the_order_is_kept_and_each_is_late_within_bounds(
    steps: list[int], delay: float, jitter: float, seed: int
) -> None:
    times = [sum(steps[: i + 1]) for i in range(len(steps))]
    out = released(DelayLine(delay, jitter, seed), times)
    assert list(out) == list(range(len(times)))
    for item, put in enumerate(times):
        late = out[item] - put
        assert delay * 1e9 - 1 <= late <= (delay + jitter) * 1e9 + MS + 2
    assert out == released(DelayLine(delay, jitter, seed), times)


def test_jitter_is_spread_over_all_of_its_range() -> None:
    times = [i * 1000 * MS for i in range(15)]
    out = released(DelayLine(0.0, 0.9, seed=0), times)
    late = [out[i] - put for i, put in enumerate(times)]
    assert min(late) < 200 * MS
    assert max(late) > 700 * MS
    assert out != released(DelayLine(0.0, 0.9, seed=1), times)
