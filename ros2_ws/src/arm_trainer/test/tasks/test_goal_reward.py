"""Every task has a goal-conditioned form, which two positions decide."""

from dataclasses import replace

import numpy as np
import pytest

from arm_sim.common.arrays import Floats
from arm_sim.robot.robot import Robot
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.tasks.reach import Reach, ReachConfig
from arm_trainer.tasks.task import TaskState

TOLERANCE = 0.05


@pytest.fixture
def task(robot: Robot) -> Reach:
    return Reach(robot, ReachConfig(tolerance=TOLERANCE))


@pytest.fixture
def state(make_episodes) -> TaskState:
    """Three arms whose goals are 4, 6 and 60 cm from their tools."""
    episodes: BatchEnv = make_episodes(3)
    episodes.reset(np.arange(3))
    way = np.array([[0.0, 0.04, 0.0], [0.06, 0.0, 0.0], [0.0, 0.0, -0.6]])
    return replace(episodes.state, goal=episodes.state.tool + way)


class BesideTheTool(Reach):
    """What is to be brought to the goal is 2 cm beside the tool."""

    def achieved_goal(self, state: TaskState) -> Floats:
        return state.tool + np.array([0.0, 0.02, 0.0])


class AtItsHeight(Reach):
    """The heights alone decide."""

    def goal_reward(self, achieved: Floats, desired: Floats) -> Floats:
        return np.where(np.abs(achieved - desired)[..., 2] < TOLERANCE, 0.0, -1.0)


def test_the_tool_is_what_is_brought_to_the_goal(task: Reach, state: TaskState) -> None:
    np.testing.assert_array_equal(task.achieved_goal(state), state.tool)
    np.testing.assert_allclose(task.distance(state), [0.04, 0.06, 0.6])


def test_the_reward_is_0_within_the_tolerance_and_else_minus_1(
    task: Reach, state: TaskState
) -> None:
    np.testing.assert_array_equal(task.goal_reward(state.tool, state.goal), [0.0, -1.0, -1.0])
    assert task.goal_reward(state.tool[0], state.goal[0]) == 0.0
    assert task.goal_reward(state.tool[2], state.goal[2]) == -1.0


def test_a_goal_at_the_tolerance_itself_is_missed(task: Reach) -> None:
    goals = np.array([[np.nextafter(TOLERANCE, 0.0), 0, 0], [TOLERANCE, 0, 0]])
    np.testing.assert_array_equal(task.goal_reward(np.zeros((2, 3)), goals), [0.0, -1.0])


def test_success_is_where_the_reward_is_0(task: Reach, state: TaskState) -> None:
    np.testing.assert_array_equal(task.achieved(state), [True, False, False])


def test_a_task_says_what_is_brought_to_the_goal(robot: Robot, state: TaskState) -> None:
    task = BesideTheTool(robot, ReachConfig(tolerance=0.03))
    assert task.distance(state)[0] == pytest.approx(0.02)
    np.testing.assert_array_equal(task.achieved(state), [True, False, False])


def test_a_task_says_what_its_reward_is(robot: Robot, state: TaskState) -> None:
    task = AtItsHeight(robot, ReachConfig(tolerance=TOLERANCE))
    np.testing.assert_array_equal(task.achieved(state), [True, True, False])
