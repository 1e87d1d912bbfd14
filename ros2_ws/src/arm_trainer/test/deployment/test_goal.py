"""The arm is sent to the target or the nearest reachable point, and through a list of targets."""

import numpy as np
import pytest

from arm_sim.common.arrays import Floats
from arm_trainer.deployment.goal import Goal
from arm_trainer.deployment.target_sequence import TargetSequence
from arm_trainer.tasks.task import TaskConfig

HOME = np.array([0.5, 0.0, 1.0])
NEAR, FAR = np.array([0.7, 0.1, 0.9]), np.array([2.0, 0.0, 1.0])


class UpToOneMetre:
    """A region in place of the trained one: x is at most 1 m."""

    def nearest(self, target: Floats) -> Floats:
        return target if target[0] <= 1.0 else np.array([1.0, *target[1:]])


def make_goal(reachable: bool = True, targets: list[Floats] | None = None) -> Goal:
    limits = TaskConfig(hold_periods=2, max_periods=4)
    sequence = TargetSequence(targets, limits) if targets else None
    return Goal(HOME, UpToOneMetre() if reachable else None, sequence)  # type: ignore[arg-type]


def test_it_is_unknown_until_a_position_arrives() -> None:
    goal = make_goal()
    assert not goal.known and goal.report(np.inf, None) == {}
    goal.move_to(NEAR)
    assert goal.known
    assert goal.choose() is None
    np.testing.assert_array_equal(goal.pursued, NEAR)


def test_a_position_is_copied() -> None:
    goal, position = make_goal(), NEAR.copy()
    goal.move_to(position)
    goal.choose()
    position += 1.0
    goal.choose()
    np.testing.assert_array_equal(goal.pursued, NEAR)


def test_a_target_out_of_reach_is_reported_once_and_the_nearest_point_pursued() -> None:
    goal = make_goal()
    goal.move_to(FAR)
    assert goal.choose() == (
        "The target at [2.0, 0.0, 1.0] is out of reach: going to [1.0, 0.0, 1.0], 1.000 m from it, "
        "the nearest point that the policy was trained for."
    )
    np.testing.assert_array_equal(goal.requested, FAR)
    np.testing.assert_array_equal(goal.pursued, [1.0, 0.0, 1.0])
    goal.move_to(FAR)
    assert goal.choose() is None
    assert goal.report(0.02, None) == {
        "target (m)": [2.0, 0.0, 1.0],
        "target pursued (m)": [1.0, 0.0, 1.0],
        "distance to the one pursued (m)": "0.0200",
    }


def test_every_new_target_is_chosen_for() -> None:
    goal = make_goal()
    for position, pursued in [(FAR, [1, 0, 1]), (FAR + 0.5, [1, 0.5, 1.5]), (NEAR, NEAR)]:
        goal.move_to(position)
        goal.choose()
        np.testing.assert_array_equal(goal.pursued, pursued)


def test_a_policy_with_cameras_is_judged_by_the_target_itself() -> None:
    goal = make_goal(reachable=False)
    goal.move_to(FAR)
    assert goal.choose() is None
    np.testing.assert_array_equal(goal.pursued, FAR)
    assert goal.report(0.5, np.array([1.9999, 0.0, 1.0])) == {
        "target (m)": [2.0, 0.0, 1.0],
        "distance to the target (m)": "0.5000",
        "target estimated (m)": [2.0, 0.0, 1.0],
    }


def test_the_lists_target_is_missing_until_it_is_shown() -> None:
    goal = make_goal(targets=[NEAR, HOME])
    np.testing.assert_array_equal(goal.missing, NEAR)
    goal.move_to(HOME)
    goal.choose()
    assert not any(goal.finish_period(True) for _ in range(5))  # Another target does not count.
    goal.move_to(NEAR + 1e-9)
    goal.choose()
    assert goal.missing is None
    assert [goal.finish_period(True) for _ in range(2)] == [False, True]
    np.testing.assert_array_equal(goal.missing, HOME)
    goal.move_to(HOME)
    goal.choose()
    assert [goal.finish_period(False) for _ in range(4)] == [False, False, False, True]
    assert goal.missing is None and not goal.finish_period(True)
    assert goal.report(1.0, None)["targets reached"] == "1 of 2"


@pytest.mark.parametrize(("reachable", "reached"), [(True, 0), (False, 1)])
def test_a_listed_target_out_of_reach_is_not_reached(reachable: bool, reached: int) -> None:
    goal = make_goal(reachable, targets=[FAR])
    goal.move_to(FAR)
    goal.choose()
    while not goal.finish_period(True):
        pass
    assert goal.sequence is not None and goal.sequence.reached == reached


def test_without_a_list_nothing_is_missing() -> None:
    goal = make_goal()
    goal.move_to(NEAR)
    assert goal.missing is None and not goal.finish_period(True)
