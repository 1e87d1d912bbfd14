"""A grasp is told from what a robot can measure: joints, commands and the object's place."""

import numpy as np
import pytest

from arm_trainer.tasks.grasp import near
from arm_trainer.tasks.tabletop import Tabletop
from support.tabletop import at_hand, tabletop


@pytest.fixture(scope="module", params=["fetch_arm", "seven_axis_arm"])
def task(request: pytest.FixtureRequest) -> Tabletop:
    return tabletop("lift", request.param)


def holds(task: Tabletop, gap: float, target_gap: float, *offset: float) -> bool:
    """Whether an object is held with the fingers so far apart, told to be so far apart, m."""
    hand = task.grasp.hand
    state = at_hand(
        task,
        hand.opening_for(task.width + gap),
        hand.opening_for(task.width + target_gap),
        np.array(offset or (0.0, 0.0, 0.0)),
    )
    return bool(task.grasp.holds(state)[0])


def test_fingers_hold_what_is_between_them_and_keeps_them_open(task: Tabletop) -> None:
    assert holds(task, 0.0, -0.02)
    assert holds(task, -0.007, -0.02)  # A round object gives way so far.


def test_fingers_that_have_closed_on_nothing_do_not_hold(task: Tabletop) -> None:
    assert not holds(task, -0.009, -0.02)
    assert not holds(task, -0.02, -0.02)


def test_fingers_that_do_not_press_do_not_hold(task: Tabletop) -> None:
    assert not holds(task, 0.0, 0.0)
    assert not holds(task, 0.0, -0.003)
    assert holds(task, 0.0, -0.005)


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_an_object_beside_the_fingers_is_not_held(task: Tabletop, axis: int, sign: float) -> None:
    beside = sign * np.eye(3)[axis]
    assert holds(task, 0.0, -0.02, *(0.49 * task.width * beside))
    assert not holds(task, 0.0, -0.02, *(0.51 * task.width * beside))


def test_a_hand_is_open_if_it_is_wider_than_the_object_and_told_to_be(task: Tabletop) -> None:
    wide, narrow = (
        task.grasp.hand.opening_for(task.width + gap)
        for gap in (0.5 * task.width + 0.002, 0.5 * task.width - 0.002)
    )
    for opening, target, expected in (
        (wide, wide, True),
        (wide, narrow, False),
        (narrow, wide, False),
        (1.0, 1.0, True),
        (0.0, 0.0, False),
    ):
        assert bool(task.grasp.open(at_hand(task, opening, target))[0]) == expected


def test_freedom_goes_from_the_objects_width_to_open(task: Tabletop) -> None:
    gaps = task.width * np.array([-0.5, 0.0, 0.25, 0.5, 0.6])
    found = [
        task.grasp.freedom(at_hand(task, task.grasp.hand.opening_for(task.width + gap))).item()
        for gap in gaps
    ]
    np.testing.assert_allclose(found, [0.0, 0.0, 0.5, 1.0, 1.0], atol=0.02)


def test_the_way_leads_from_the_grasp_point_to_the_object(task: Tabletop) -> None:
    offset = np.array([0.03, -0.02, -0.1])
    state = at_hand(task, 1.0, offset=offset)
    np.testing.assert_allclose(task.grasp.to_object(state)[0], offset, atol=1e-12)
    assert task.grasp.distance(at_hand(task, 1.0)).item() == pytest.approx(0.0, abs=1e-12)


def test_above_the_object_the_way_is_shorter_than_as_far_beside_it(task: Tabletop) -> None:
    above = task.grasp.distance(at_hand(task, 1.0, offset=np.array([0.0, 0.0, -0.05])))
    beside = task.grasp.distance(at_hand(task, 1.0, offset=np.array([0.05, 0.0, 0.0])))
    raised = task.grasp.distance(at_hand(task, 1.0, offset=np.array([0.05, 0.0, -0.07])))
    assert above.item() == pytest.approx(0.05)
    assert above.item() < beside.item() and raised.item() < beside.item()


def test_closeness_falls_from_one_to_nothing(task: Tabletop) -> None:
    found = near(np.array([0.0, 0.01, 0.05, 0.3, 3.0]))
    assert found[0] == 1.0 and (np.diff(found) < 0).all()
    assert 0.3 < found[2] < 0.6 and found[-1] < 1e-6
