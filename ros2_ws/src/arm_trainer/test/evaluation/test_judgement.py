"""A policy that is good from fresh starts and gets lost in a row is judged by the low figure."""

from collections.abc import Callable

import numpy as np
import pytest

from arm_sim.robot.robot import Robot
from arm_trainer.actions.joint_increments import JointIncrements
from arm_trainer.backends.in_process import InProcessBackend
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.evaluation.judgement import Judgement, arms_for, judge, of_outcomes
from arm_trainer.evaluation.rollout import run_episodes
from arm_trainer.evaluation.statistics import row_interval, wilson_interval
from arm_trainer.tasks.reach import Reach, ReachConfig
from arm_trainer.tasks.seeding import evaluation_generator
from arm_trainer.tasks.task import Bools, TaskState

MakeArms = Callable[[int], BatchEnv]


class NearHome(Reach):
    """Every target counts as reached while the first joint is within 1 rad of home."""

    def achieved(self, state: TaskState) -> Bools:
        joint = self.robot.arm[0]
        return np.abs(state.positions[:, joint] - self.robot.home[joint]) < 1.0


@pytest.fixture
def make_arms(robot: Robot) -> MakeArms:
    config = ReachConfig(start_elsewhere=0.0, hold_periods=3, max_periods=6)
    interface = PolicyInterface(NearHome(robot, config), JointIncrements)
    return lambda arms: BatchEnv(interface, InProcessBackend(robot, arms, 0.05, threads=1))


def drifting(observations: np.ndarray) -> np.ndarray:
    """Turns the first joint on and on: good from any fresh start, lost after some targets."""
    return np.tile(np.array([0.5, *6 * [0.0]], np.float32), (len(observations), 1))


def still(observations: np.ndarray) -> np.ndarray:
    return np.zeros((len(observations), 7), np.float32)


def test_a_policy_that_drifts_is_lost_and_its_headline_is_the_low_figure(
    make_arms: MakeArms,
) -> None:
    judgement, outcomes = judge(make_arms(2), drifting, 60)
    assert judgement.fresh is not None and judgement.fresh.rate == 1.0
    assert 0.1 < judgement.in_a_row.rate < 0.6
    for row in judgement.rows:  # Once lost, it never finds back.
        assert row.tolist() == sorted(row.tolist(), reverse=True)
    assert judgement.gets_lost
    assert judgement.in_a_row == outcomes.interval
    headline, fresh, advice = judgement.lines()
    rate = f"{outcomes.success.mean():.1%} ("
    assert headline.startswith("Success in a row ") and rate in headline
    assert "of 60 targets: 2 arms, 30 targets each, without a reset" in headline
    assert fresh.startswith("From fresh starts   100.0% (")
    assert "gets lost" in advice and "Train longer" in advice and "smaller workspace" in advice
    figures = judgement.figures()
    assert figures["success_in_a_row"] == outcomes.success.mean()
    assert figures["gets_lost"] is True


def test_a_policy_that_does_as_well_in_a_row_is_not_lost(make_arms: MakeArms) -> None:
    judgement, _ = judge(make_arms(2), still, 60)
    assert not judgement.gets_lost
    assert judgement.in_a_row == judgement.fresh == wilson_interval(60, 60)
    assert len(judgement.lines()) == 2


def test_both_are_of_the_same_targets_and_progress_goes_on(make_arms: MakeArms) -> None:
    seen: list[tuple[int, int]] = []
    _, outcomes = judge(make_arms(2), drifting, 20, 3, lambda *state: seen.append(state))
    np.testing.assert_array_equal(
        run_episodes(make_arms(2), still, 20, evaluation_generator(3)).targets, outcomes.targets
    )
    done = [number for number, _ in seen]
    assert done == sorted(done) and done[-1] == 40
    assert seen[-1][1] == outcomes.success.sum()


def test_without_fresh_starts_nothing_is_said_of_them(make_arms: MakeArms) -> None:
    alone = of_outcomes(run_episodes(make_arms(2), drifting, 60, in_a_row=True))
    assert not alone.gets_lost and len(alone.lines()) == 1
    assert not {"success_from_fresh_starts"} & set(alone.figures())


@pytest.mark.parametrize(
    ("reached", "fresh", "lost"),
    [(150, 200, True), (199, 200, False), (191, 200, False), (120, 130, False), (200, 150, False)],
)
def test_lost_is_well_below_and_more_than_chance(reached: int, fresh: int, lost: bool) -> None:
    rows = [np.arange(200) < reached]
    assert Judgement(rows, wilson_interval(fresh, 200), 200).gets_lost == lost
    few = Judgement([np.array([True, False])], wilson_interval(2, 2), 2)
    assert few.in_a_row == row_interval(few.rows) and not few.gets_lost


@pytest.mark.parametrize(("targets", "arms"), [(1, 1), (100, 1), (101, 2), (200, 2), (2000, 20)])
def test_there_is_an_arm_for_each_hundred_targets(targets: int, arms: int) -> None:
    assert arms_for(targets) == arms
