"""A target that training could have drawn stays; any other becomes the nearest of those."""

import numpy as np
import pytest

from arm_sim.common.arrays import Floats
from arm_trainer.deployment.reachable_targets import ReachableTargets
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.tasks.seeding import evaluation_generator
from arm_trainer.tasks.start import take_starts


@pytest.fixture(scope="module")
def reachable(interface: PolicyInterface) -> ReachableTargets:
    return ReachableTargets(interface.task)


@pytest.fixture(scope="module")
def drawn(interface: PolicyInterface) -> Floats:
    """A dense sample of targets, from another seed."""
    return take_starts(interface.task.starts(evaluation_generator(4)), 30_000).goal


def test_a_target_that_training_draws_stays(reachable: ReachableTargets, drawn: Floats) -> None:
    same = [(reachable.nearest(target) == target).all() for target in drawn[:3000]]
    assert np.mean(same) >= 0.99


@pytest.mark.parametrize(
    "target",
    [(2.7, 0, 0.9), (0.7, 2.0, 0.9), (0.7, -2.0, 0.9), (0.7, 0, 3.0), (0.7, 0, -1), (-1.3, 0, 1)],
)
def test_a_distant_target_is_replaced_by_one_on_the_near_side(
    reachable: ReachableTargets,
    interface: PolicyInterface,
    drawn: Floats,
    target: tuple[float, float, float],
) -> None:
    wanted = np.array(target)
    found = reachable.nearest(wanted)
    best = np.linalg.norm(drawn - wanted, axis=1).min()
    assert np.linalg.norm(found - wanted) <= best + 0.05
    # The result is a target that training could have drawn.
    lower, upper = interface.robot.workspace
    assert ((lower < found) & (found < upper)).all()
    assert np.linalg.norm(drawn - found, axis=1).min() < 0.1
    np.testing.assert_array_equal(reachable.nearest(found), found)


def test_a_target_just_outside_counts_as_reachable(
    reachable: ReachableTargets, interface: PolicyInterface
) -> None:
    x, y, _ = interface.robot.goal_home
    top = interface.robot.workspace[1, 2]
    just = np.array([x, y, top + 0.02])
    np.testing.assert_array_equal(reachable.nearest(just), just)
    above = np.array([x, y, top + 0.06])
    found = reachable.nearest(above)
    assert 0.05 < np.linalg.norm(found - above) < 0.15 and found[2] < top


def test_it_is_the_same_every_time(reachable: ReachableTargets, interface: PolicyInterface) -> None:
    far = np.array([3.0, 1.0, 2.0])
    np.testing.assert_array_equal(
        ReachableTargets(interface.task).nearest(far), reachable.nearest(far)
    )
