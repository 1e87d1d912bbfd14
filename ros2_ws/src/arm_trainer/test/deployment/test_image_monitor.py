"""Images are used only if every camera's is recent and has the joint state's time."""

import numpy as np
import pytest

from arm_trainer.deployment.image_monitor import ImageMonitor

MAX_AGE = 0.1
FRONT, TOP = 0, 1


class Images:
    """Two cameras; their stamps are 1000 s ahead of the monotonic clock."""

    def __init__(self) -> None:
        self.monitor = ImageMonitor(["/front", "/top"], 4, MAX_AGE)
        self.now = 5.0

    def send(self, *cameras: int, late: float = 0.0, value: int = 0) -> None:
        for camera in cameras:
            frame = np.full((4, 4, 3), value, np.uint8)
            self.monitor.update(camera, frame, self.ns(self.now - late), self.now)

    @staticmethod
    def ns(seconds: float) -> int:
        return round((1000.0 + seconds) * 1e9)

    @property
    def hold_reason(self) -> str | None:
        return self.monitor.hold_reason(self.ns(self.now), self.now)


@pytest.fixture
def images() -> Images:
    return Images()


def test_every_camera_is_waited_for(images: Images) -> None:
    assert images.hold_reason == "waiting for /front"
    images.send(FRONT)
    assert images.hold_reason == "waiting for /top"
    images.send(TOP, value=7)
    assert images.hold_reason is None
    assert (images.monitor.images[TOP] == 7).all() and (images.monitor.images[FRONT] == 0).all()


def test_a_camera_that_stops_is_noticed_although_the_other_sends(images: Images) -> None:
    images.send(FRONT, TOP)
    for _ in range(3):
        images.now += 0.03
        images.send(FRONT)
        assert images.hold_reason is None
    assert images.monitor.age(images.ns(images.now)) == pytest.approx(0.09)
    images.now += 0.03
    images.send(FRONT)
    assert images.hold_reason == "no fresh image on /top for 0.1 s"
    images.send(TOP)
    assert images.hold_reason is None


@pytest.mark.parametrize(("late", "said"), [(0.11, "before"), (-0.11, "after"), (900, "before")])
def test_images_of_another_time_than_the_states_are_noticed(
    images: Images, late: float, said: str
) -> None:
    images.send(FRONT)
    images.send(TOP, late=0.09 * np.sign(late))
    assert images.hold_reason is None
    images.send(TOP, late=late)
    assert images.hold_reason == (
        f"the images on /top are stamped more than 0.1 s {said} the joint states"
    )


def test_an_image_with_a_frozen_stamp_becomes_stale(images: Images) -> None:
    images.send(FRONT, TOP)
    images.now += 0.11
    images.send(FRONT)
    images.send(TOP, late=0.11)
    assert images.hold_reason is not None and "/top are stamped" in images.hold_reason


def test_a_rejection_holds_until_the_next_valid_image(images: Images) -> None:
    images.send(FRONT, TOP)
    images.monitor.reject(TOP, "/top sent an invalid image")
    assert images.hold_reason == "/top sent an invalid image"
    images.send(TOP)
    assert images.hold_reason is None
