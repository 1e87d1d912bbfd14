"""Reach: finishing pays best, and every target that is drawn can be reached."""

import dataclasses

import mujoco
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arm_sim.common.errors import UserError
from arm_sim.robot.kinematics import Kinematics
from arm_sim.robot.robot import Robot
from arm_trainer.tasks.reach import Reach, ReachConfig
from arm_trainer.tasks.seeding import training_generator
from arm_trainer.tasks.start import Start, stack_starts, take_starts
from arm_trainer.tasks.task import TaskState, weighted_sum
from support.states import task_state

GAMMA = 0.95  # The discount of every packaged algorithm.
CALM, WILD = np.zeros((1, 3)), np.ones((1, 3))


@pytest.fixture(scope="session")
def task(robot: Robot) -> Reach:
    return Reach(robot)


def at(task: Reach, positions: np.ndarray, distances: np.ndarray) -> TaskState:
    """Arms at rest whose goals are so far from their tools."""
    tool = np.zeros((len(positions), 3))
    goal = tool + distances[:, None] * np.array([1.0, 0.0, 0.0])
    return task_state(task.robot, positions, tool=tool, goal=goal)


def rewards(
    task: Reach,
    positions: np.ndarray,
    distances: np.ndarray,
    actions: np.ndarray,
    success: np.ndarray,
) -> np.ndarray:
    terms = task.reward(at(task, positions, distances), actions, success)
    return weighted_sum(terms, task.config.reward)


def reward(task: Reach, distance: float, actions: np.ndarray, success: bool) -> float:
    home = task.robot.home[None]
    return rewards(task, home, np.array([distance]), actions, np.array([success])).item()


def draws(task: Reach, count: int, generator: np.random.Generator) -> Start:
    return take_starts(task.starts(generator), count)


def test_every_reward_term_has_a_weight_and_every_weight_a_term(task: Reach) -> None:
    terms = task.reward(at(task, task.robot.home[None], np.ones(1)), CALM, np.zeros(1, bool))
    assert set(terms) == set(vars(task.config.reward))


def test_distance_is_from_tool_to_target(task: Reach) -> None:
    positions = np.tile(task.robot.home, (2, 1))
    np.testing.assert_allclose(
        task.metrics(at(task, positions, np.array([0.5, 5.0])))["distance"], [0.5, 5.0]
    )


def test_the_target_is_reached_within_the_tolerance(task: Reach) -> None:
    positions = np.tile(task.robot.home, (2, 1))
    near = np.array([task.config.tolerance - 1e-9, task.config.tolerance])
    assert task.achieved(at(task, positions, near)).tolist() == [True, False]


def test_nearer_pays_more(task: Reach) -> None:
    distances = np.concatenate([np.linspace(0, 0.1, 200), np.linspace(0.11, 3, 200)])
    for success in (False, True):
        home = np.tile(task.robot.home, (400, 1))
        paid = rewards(task, home, distances, np.zeros((400, 3)), np.full(400, success))
        assert (np.diff(paid) < 0).all()


def test_moving_calmly_pays_more(task: Reach) -> None:
    paid = [reward(task, 0.1, effort * WILD, False) for effort in (0, 0.1, -0.5, 1)]
    assert paid == sorted(paid, reverse=True)
    assert paid[0] > paid[-1]


@given(distance=st.floats(0, 0.02), effort=st.floats(0, 1), periods=st.integers(1, 500))
def test_finishing_now_beats_hovering_first(
    task: Reach, distance: float, effort: float, periods: int
) -> None:
    now = reward(task, distance, effort * WILD, True)
    hovering = reward(task, distance, effort * WILD, False)
    waiting = hovering * (1 - GAMMA**periods) / (1 - GAMMA)
    assert now > waiting + GAMMA**periods * now
    assert now > waiting


def test_a_posture_like_homes_pays_more_and_a_full_turn_of_an_endless_joint_nothing(
    task: Reach,
) -> None:
    robot = task.robot
    endless = np.flatnonzero(robot.endless)
    assert [robot.joint_names[i] for i in endless] == [
        "upperarm_roll_joint",
        "forearm_roll_joint",
        "wrist_roll_joint",
    ]
    for joint in robot.arm:
        turned = np.tile(robot.home, (4, 1))
        turned[:, joint] += np.array([0.0, 0.3, -1.0, 2 * np.pi])
        paid = rewards(task, turned, np.full(4, 0.1), np.zeros((4, 3)), np.zeros(4, bool))
        assert paid[0] > paid[1] > paid[2]
        if joint in endless:
            assert paid[3] == pytest.approx(paid[0])
        else:
            assert paid[2] > paid[3]


def test_the_worst_finish_beats_hovering_on_the_target_for_ever(task: Reach) -> None:
    tolerance = task.config.tolerance
    for_ever = reward(task, 0.0, CALM, False) / (1 - GAMMA)
    assert reward(task, tolerance, WILD, True) > max(0.0, for_ever)


def test_the_gripper_closes_near_the_target(task: Reach) -> None:
    near = task.config.gripper_distance
    assert near == 0.15
    distances = np.array([0.0, near - 1e-9, near, 2.0])
    state = at(task, np.tile(task.robot.home, (4, 1)), distances)
    np.testing.assert_array_equal(task.gripper_opening(state), [0.0, 0.0, 1.0, 1.0])


@pytest.fixture(scope="module")
def starts(task: Reach) -> Start:
    """1,000 start states."""
    return draws(task, 1000, training_generator(0))


def test_targets_are_inside_the_workspace_and_all_over_it(robot: Robot, starts: Start) -> None:
    targets = starts.goal
    lower, upper = robot.workspace
    assert ((targets > lower) & (targets < upper)).all()
    assert (np.ptp(targets, axis=0) > 0.75 * (upper - lower)).all()
    assert len(np.unique(targets, axis=0)) == 1000


def test_starts_are_within_the_joint_limits_with_the_gripper_open(
    robot: Robot, starts: Start
) -> None:
    assert ((robot.lower <= starts.positions) & (starts.positions <= robot.upper)).all()
    np.testing.assert_array_equal(robot.gripper_opening(starts.positions), 1.0)


def test_half_of_the_starts_are_near_home_and_half_where_a_target_was(
    robot: Robot, starts: Start
) -> None:
    off = np.abs(starts.positions - robot.home)[:, robot.arm].max(axis=1)
    near = off <= 0.2
    assert 400 < near.sum() < 600
    assert off.max() <= 0.9 + 1e-12
    tools = Kinematics(robot, 1000).tool_positions(starts.positions)
    lower, upper = robot.workspace
    assert ((tools > lower) & (tools < upper))[~near].all()


def test_no_start_touches_anything(robot: Robot, starts: Start) -> None:
    data = mujoco.MjData(robot.model)
    for positions in starts.positions[:200]:
        data.qpos[:] = positions
        mujoco.mj_forward(robot.model, data)
        assert data.ncon == 0


def reaches(robot: Robot, data: mujoco.MjData, target: np.ndarray, pose: np.ndarray) -> bool:
    """Whether damped least squares finds arm positions within the limits for a tool position."""
    model, dofs = robot.model, robot.model.jnt_dofadr[robot.arm]
    site, jacobian = model.site(robot.tool_frame).id, np.empty((3, model.nv))
    data.qpos[:] = pose
    for _ in range(100):
        mujoco.mj_kinematics(model, data)
        mujoco.mj_comPos(model, data)
        error = target - data.site_xpos[site]
        if np.linalg.norm(error) < 1e-4:
            return True
        mujoco.mj_jacSite(model, data, jacobian, None, site)
        moved = jacobian[:, dofs]
        step = moved.T @ np.linalg.solve(moved @ moved.T + 1e-3 * np.eye(3), error)
        arm = data.qpos[robot.arm] + step
        data.qpos[robot.arm] = np.clip(arm, robot.lower[robot.arm], robot.upper[robot.arm])
    return False


def test_every_target_can_be_reached_within_the_limits(robot: Robot, starts: Start) -> None:
    data = mujoco.MjData(robot.model)
    for target in starts.goal[:100]:
        tries = (robot.home, *starts.positions[-20:])
        assert any(reaches(robot, data, target, pose) for pose in tries), target
    assert not reaches(robot, data, np.array([2.0, 0.0, 1.0]), robot.home)


def test_equal_seeds_draw_equal_starts(task: Reach, starts: Start) -> None:
    again = draws(task, 1000, training_generator(0))
    assert again.positions.tobytes() == starts.positions.tobytes()
    assert again.goal.tobytes() == starts.goal.tobytes()
    others = draws(task, 1000, training_generator(1))
    assert not (others.goal == starts.goal).all(axis=1).any()


def test_two_draws_from_one_task_do_not_disturb_each_other(task: Reach, starts: Start) -> None:
    one, other = task.starts(training_generator(0)), task.starts(training_generator(1))
    mixed = []
    for _ in range(300):
        mixed.append(next(one))
        next(other)
    assert stack_starts(mixed).goal.tobytes() == starts.goal[:300].tobytes()


def test_spreads_are_obeyed(robot: Robot) -> None:
    settings = ReachConfig(start_spread=0.0, start_elsewhere=0.0, target_spread=0.5)
    found = draws(Reach(robot, settings), 50, training_generator(0))
    np.testing.assert_array_equal(
        found.positions[:, robot.arm], np.tile(robot.home[robot.arm], (50, 1))
    )
    assert np.ptp(found.goal, axis=0).max() < 0.8


def test_wide_spreads_stay_within_the_joint_limits(robot: Robot) -> None:
    settings = ReachConfig(start_spread=3.0, target_spread=3.0)
    found = draws(Reach(robot, settings), 100, training_generator(0))
    assert ((robot.lower <= found.positions) & (found.positions <= robot.upper)).all()


def test_a_workspace_out_of_reach_is_one_sentence(robot: Robot) -> None:
    far = dataclasses.replace(robot, workspace=robot.workspace + 5.0)
    with pytest.raises(
        UserError,
        match=r"no arm position within 0\.9 rad of home that is free of contact puts the tool",
    ):
        next(Reach(far).starts(training_generator(0)))
