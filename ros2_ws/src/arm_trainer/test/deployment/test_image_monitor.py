"""Frames are acted on only if every camera's is recent, and of the time of the joint states."""

import numpy as np
import pytest

from arm_trainer.deployment.image_monitor import ImageMonitor

MAX_AGE = 0.1
FRONT, TOP = 0, 1


class Watched:
    """Two cameras, 40 times a second for as long as they `send`; stamps are 1000 s ahead."""

    def __init__(self) -> None:
        self.watch = ImageMonitor(["/front", "/top"], 4, MAX_AGE)
        self.now = 5.0

    def send(self, *cameras: int, late: float = 0.0, value: int = 0) -> None:
        for camera in cameras:
            frame = np.full((4, 4, 3), value, np.uint8)
            self.watch.see(camera, frame, self.ns(self.now - late), self.now)

    @staticmethod
    def ns(seconds: float) -> int:
        return round((1000.0 + seconds) * 1e9)

    @property
    def hold_reason(self) -> str | None:
        return self.watch.hold_reason(self.ns(self.now), self.now)


@pytest.fixture
def watched() -> Watched:
    return Watched()


def test_every_camera_is_waited_for(watched: Watched) -> None:
    assert watched.hold_reason == "waiting for /front"
    watched.send(FRONT)
    assert watched.hold_reason == "waiting for /top"
    watched.send(TOP, value=7)
    assert watched.hold_reason is None
    assert (watched.watch.images[TOP] == 7).all() and (watched.watch.images[FRONT] == 0).all()


def test_one_that_stops_is_noticed_whatever_the_other_does(watched: Watched) -> None:
    watched.send(FRONT, TOP)
    for _ in range(3):
        watched.now += 0.03
        watched.send(FRONT)
        assert watched.hold_reason is None
    assert watched.watch.age(watched.ns(watched.now)) == pytest.approx(0.09)
    watched.now += 0.03
    watched.send(FRONT)
    assert watched.hold_reason == "no fresh image on /top for 0.1 s"
    watched.send(TOP)
    assert watched.hold_reason is None


@pytest.mark.parametrize(("late", "said"), [(0.11, "before"), (-0.11, "after"), (900, "before")])
def test_stamps_out_of_step_with_the_states_are_noticed(
    watched: Watched, late: float, said: str
) -> None:
    watched.send(FRONT)
    watched.send(TOP, late=0.09 * np.sign(late))
    assert watched.hold_reason is None
    watched.send(TOP, late=late)
    assert watched.hold_reason == (
        f"the images on /top are stamped more than 0.1 s {said} the joint states"
    )


def test_a_frozen_stamp_is_an_old_frame(watched: Watched) -> None:
    watched.send(FRONT, TOP)
    watched.now += 0.11
    watched.send(FRONT)
    watched.send(TOP, late=0.11)
    assert watched.hold_reason is not None and "/top are stamped" in watched.hold_reason


def test_what_is_refused_counts_until_something_better_comes(watched: Watched) -> None:
    watched.send(FRONT, TOP)
    watched.watch.refuse(TOP, "/top brought nonsense")
    assert watched.hold_reason == "/top brought nonsense"
    watched.send(TOP)
    assert watched.hold_reason is None
