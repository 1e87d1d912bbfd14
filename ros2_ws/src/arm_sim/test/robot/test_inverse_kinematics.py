"""Postures are found for poses of the hand, and are right by MuJoCo's own kinematics."""

from pathlib import Path

import mujoco
import numpy as np
import pytest

from arm_sim.common.errors import UserError
from arm_sim.robot.hand import find_hand
from arm_sim.robot.inverse_kinematics import DOWN, PoseSolver
from arm_sim.robot.robot import Robot
from arm_sim.scene.loader import load_robot
from arm_sim.scene.postures import random_postures
from support.hands import HANDS, SITE, hand_robot
from support.primitive_arms import FINGERS, JOINTS, chain, fingers, mjcf, servos, write_mjcf


def hands_at(robot: Robot, postures: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(n, 3) grasp points, approaches and closing directions at postures (n, A)."""
    hand, data = find_hand(robot), mujoco.MjData(robot.model)
    assert hand is not None
    found = []
    for posture in postures:
        data.qpos[:] = robot.home
        data.qpos[robot.arm] = posture
        mujoco.mj_kinematics(robot.model, data)
        tool = data.site(robot.tool_frame)
        turn = tool.xmat.reshape(3, 3)
        found.append(
            (tool.xpos + turn @ hand.grasp_point, turn @ hand.approach, turn @ hand.closing)
        )
    points, approaches, closings = np.array(found).transpose(1, 0, 2)
    return points, approaches, closings


@pytest.mark.parametrize("arm", ["fetch_arm", "seven_axis_arm"])
def test_every_pose_that_the_arm_has_is_found(arm: str) -> None:
    robot = load_robot(arm)
    there = random_postures(robot, 200, np.random.default_rng(1))[:, robot.arm]
    points, approaches, _ = hands_at(robot, there)
    postures, solved = PoseSolver(robot).solve(points, approaches)
    assert solved.mean() > 0.99
    found, pointing, _ = hands_at(robot, postures[solved])
    assert np.linalg.norm(found - points[solved], axis=1).max() < 1e-3
    cosines = (pointing * approaches[solved]).sum(axis=1)
    assert cosines.min() > np.cos(np.deg2rad(1.0))
    inside = (postures >= robot.lower[robot.arm]) & (postures <= robot.upper[robot.arm])
    assert (inside | robot.endless[robot.arm]).all()


def test_the_fingers_close_along_the_yaw_in_either_sense(robot: Robot) -> None:
    yaws = np.linspace(-np.pi, np.pi, 9)
    points = np.tile([0.6, 0.1, 0.7], (9, 1))
    postures, solved = PoseSolver(robot).solve(points, yaw=yaws)
    assert solved.all()
    _, pointing, closing = hands_at(robot, postures)
    np.testing.assert_allclose(pointing, np.tile(DOWN, (9, 1)), rtol=0, atol=np.deg2rad(1.0))
    across = closing[:, 0] * np.sin(yaws) - closing[:, 1] * np.cos(yaws)
    assert np.abs(across).max() < np.sin(np.deg2rad(1.0))


def test_five_joints_point_down_with_any_yaw_but_not_elsewhere(tmp_path: Path) -> None:
    text = mjcf(chain(joints=5, end=SITE + fingers(), axes="zyyyz"), servos(*JOINTS[:5], *FINGERS))
    five = load_robot(write_mjcf(tmp_path, text))
    assert len(five.arm) == 5
    solver, points = PoseSolver(five), np.tile([0.35, 0.1, 0.1], (3, 1))
    yaws = np.array([0.0, 0.7, 1.5])
    assert solver.solve(points, yaw=yaws)[1].all()
    aside = (0.0, 0.8, -0.6)
    assert not solver.solve(np.tile([0.35, 0.0, 0.2], (3, 1)), aside, yaws)[1].any()


def test_a_pose_out_of_reach_is_said_to_be() -> None:
    robot = load_robot("seven_axis_arm")
    postures, solved = PoseSolver(robot).solve(np.array([[3.0, 0.0, 0.5], [0.5, 0.0, 0.1]]))
    assert solved.tolist() == [False, True]
    assert np.isfinite(postures).all()


def test_a_posture_does_not_depend_on_what_else_is_asked(robot: Robot) -> None:
    points = np.random.default_rng(0).uniform((0.5, -0.4, 0.65), (0.9, 0.4, 0.9), (150, 3))
    together, solved = PoseSolver(robot).solve(points)
    assert 0.2 < solved.mean() < 1.0
    for row in (0, 1, 149):
        alone, single = PoseSolver(robot).solve(points[row : row + 1])
        assert alone.tobytes() == together[row : row + 1].tobytes() and single[0] == solved[row]


def test_an_endless_joint_does_not_wind_up(robot: Robot) -> None:
    start = robot.home[robot.arm].copy()
    endless = robot.endless[robot.arm]
    start[endless] += 20 * np.pi
    postures, solved = PoseSolver(robot).solve(np.array([[0.6, 0.2, 0.7]]), start=start)
    assert solved.all()
    assert np.abs(postures - start)[:, endless].max() <= np.pi + 1e-9


def test_near_the_start_no_restart_is_needed(robot: Robot) -> None:
    solver = PoseSolver(robot)
    home, _ = solver.solve(np.array([[0.62, 0.0, 0.75]]))
    points = np.random.default_rng(0).uniform((0.56, -0.1, 0.7), (0.68, 0.1, 0.8), (50, 3))
    postures, solved = solver.solve(points, start=home[0], restarts=0)
    assert solved.all()
    assert np.abs(postures - home).max() < 1.0


def test_no_poses_have_no_postures(robot: Robot) -> None:
    postures, solved = PoseSolver(robot).solve(np.zeros((0, 3)))
    assert postures.shape == (0, len(robot.arm)) and solved.shape == (0,)


def test_an_arm_without_a_gripper_is_refused(tmp_path: Path) -> None:
    bare = load_robot(write_mjcf(tmp_path, mjcf(chain(end=SITE), servos(*JOINTS))))
    with pytest.raises(UserError, match=r"my_arm has no gripper with fingers"):
        PoseSolver(bare)


@pytest.mark.parametrize("hand", HANDS)
def test_every_kind_of_gripper_points_down(tmp_path: Path, hand: str) -> None:
    _, solved = PoseSolver(hand_robot(tmp_path, hand)).solve(np.array([[0.35, 0.0, 0.1]]))
    assert solved.all()
