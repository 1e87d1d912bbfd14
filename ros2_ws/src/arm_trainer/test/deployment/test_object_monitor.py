"""Objects are used only if their states are recent and no object has jumped."""

import numpy as np
import pytest

from arm_trainer.deployment.object_monitor import ObjectMonitor

MAX_AGE = 0.1
HOME = np.array([[0.5, 0.1, 0.6, 0, 0, 0, 1], [0.5, -0.1, 0.6, 0, 0, 0, 1]], float)


class Objects:
    """Two objects at home, but for the second one's `x`; stamps are on the node's clock."""

    def __init__(self) -> None:
        self.monitor = ObjectMonitor(("cube", "can"), HOME, MAX_AGE)
        self.now = 5.0

    @property
    def clock_ns(self) -> int:
        return round((1000.0 + self.now) * 1e9)

    @property
    def hold_reason(self) -> str | None:
        return self.monitor.hold_reason(self.now, self.clock_ns)

    def send(self, x: float = 0.5, after: float = 0.01, stamp: int | None = None) -> str | None:
        self.now += after
        poses = HOME.copy()
        poses[1, 0] = x
        return self.monitor.update(
            self.clock_ns if stamp is None else stamp,
            poses,
            np.full((2, 6), x),
            self.now,
            self.clock_ns,
        )


@pytest.fixture
def objects() -> Objects:
    return Objects()


def test_before_the_first_state_objects_are_at_home_and_waited_for(objects: Objects) -> None:
    assert objects.hold_reason == "waiting for object_states of cube, can"
    np.testing.assert_array_equal(objects.monitor.poses, HOME)
    assert not objects.monitor.velocities.any()
    assert objects.send(0.7) is None
    assert objects.hold_reason is None
    assert objects.monitor.poses[1, 0] == 0.7 and (objects.monitor.velocities == 0.7).all()


def test_what_moves_as_things_do_is_followed(objects: Objects) -> None:
    for step in range(20):
        assert objects.send(0.5 + 0.02 * step) is None
    assert objects.monitor.poses[1, 0] == 0.5 + 0.02 * 19


def test_a_silence_is_noticed(objects: Objects) -> None:
    objects.send()
    objects.now += 0.09
    assert objects.hold_reason is None
    objects.now += 0.02
    assert objects.hold_reason == "no fresh object_states for 0.1 s"
    objects.send()
    assert objects.hold_reason == "no fresh object_states for 0.1 s"  # A state may be a late one.
    for _ in range(11):
        objects.send()
    assert objects.hold_reason is None


def test_a_frozen_stamp_becomes_stale(objects: Objects) -> None:
    objects.send()
    frozen = objects.clock_ns
    for _ in range(11):
        assert objects.send(0.9, stamp=frozen) is None
    assert objects.hold_reason == "no fresh object_states for 0.1 s"
    assert objects.monitor.poses[1, 0] == 0.5


def test_a_jump_is_ignored_and_named(objects: Objects) -> None:
    objects.send()
    assert objects.send(0.8) == "an object moved by 0.300 in 0.010 s"
    np.testing.assert_array_equal(objects.monitor.poses, HOME)
    assert (objects.monitor.velocities == 0.5).all()
    assert objects.send() is None
    assert objects.hold_reason is None


def test_an_object_that_was_put_elsewhere_is_believed_once_it_stays_there(
    objects: Objects,
) -> None:
    objects.send()
    for _ in range(10):
        assert objects.send(1.4) is not None
        assert objects.monitor.poses[1, 0] == 0.5
    objects.now += 0.005  # Until then the last state is stale, so the arm is held.
    assert objects.hold_reason == "no fresh object_states for 0.1 s"
    assert objects.send(1.4) is None
    assert objects.monitor.poses[1, 0] == 1.4 and objects.hold_reason is None


@pytest.mark.parametrize(("late", "said"), [(0.2, "in the past"), (-0.2, "in the future")])
def test_stamps_that_are_not_of_now_are_ignored(objects: Objects, late: float, said: str) -> None:
    reason = objects.send(stamp=objects.clock_ns - round(late * 1e9))
    assert reason is not None and said in reason
    assert objects.hold_reason == "waiting for object_states of cube, can"
