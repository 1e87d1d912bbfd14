"""Start states of single arms and of several are put together and taken apart."""

from collections.abc import Iterator

import numpy as np

from arm_trainer.tasks.start import Start, stack_starts, take_starts


def numbered(number: float) -> Start:
    return Start(np.full(4, number), np.full(3, -number), np.full((2, 7), 10 * number))


def endless() -> Iterator[Start]:
    number = 0
    while True:
        yield numbered(number)
        number += 1


def test_stacked_starts_are_taken_apart_as_they_were() -> None:
    stacked = stack_starts([numbered(5), numbered(7), numbered(9)])
    assert len(stacked) == 3
    assert stacked.objects.shape == (3, 2, 7)
    np.testing.assert_array_equal(stacked[1].positions, numbered(7).positions)
    np.testing.assert_array_equal(stacked[np.array([2, 0])].goal[:, 0], [-9.0, -5.0])


def test_no_more_starts_are_taken_than_asked_for() -> None:
    source = endless()
    np.testing.assert_array_equal(take_starts(source, 3).goal[:, 0], [0.0, -1.0, -2.0])
    np.testing.assert_array_equal(next(source).positions, np.full(4, 3.0))
