"""Where an arm can pick up objects from above is found for any arm with a gripper."""

from collections.abc import Callable
from pathlib import Path

import mujoco
import numpy as np
import pytest

from arm_sim.common.errors import UserError
from arm_sim.robot.hand import find_hand
from arm_sim.robot.inverse_kinematics import PoseSolver
from arm_sim.robot.robot import Robot
from arm_sim.scene.free_postures import FreePostures
from arm_sim.scene.loader import load_robot
from arm_sim.scene.table_area import TableArea, find_table_area
from support.hands import HANDS, hand_robot


def check(robot: Robot, area: TableArea) -> None:
    """Random places of an area are reached from its home, free of contact."""
    random = np.random.default_rng(5)
    lower, upper = [*area.lower, area.lowest], [*area.upper, area.highest]
    points = random.uniform(lower, upper, (60, 3))
    postures, solved = PoseSolver(robot).solve(points, start=area.home, restarts=0)
    assert solved.all()
    positions = np.tile(robot.home, (60, 1))
    positions[:, robot.arm] = postures
    assert FreePostures(robot).free(positions).all()


@pytest.mark.parametrize(("arm", "height"), [("fetch_arm", 0.60), ("seven_axis_arm", 0.0)])
def test_it_is_on_the_table_of_a_built_in_arm(arm: str, height: float) -> None:
    robot = load_robot(arm)
    area = find_table_area(robot)
    assert area.height == pytest.approx(height)
    assert 0.2 < area.highest - area.lowest <= 0.25 + 1e-9
    assert (area.upper - area.lower).min() > 0.17
    check(robot, area)


@pytest.mark.parametrize("hand", HANDS)
def test_every_kind_of_gripper_has_one_on_the_floor(tmp_path: Path, hand: str) -> None:
    robot = hand_robot(tmp_path, hand)
    area = find_table_area(robot)
    assert area.height == 0.0
    check(robot, area)


def test_home_points_down_above_the_middle_away_from_limits(robot: Robot) -> None:
    area, hand, data = find_table_area(robot), find_hand(robot), mujoco.MjData(robot.model)
    assert hand is not None
    data.qpos[:] = robot.home
    data.qpos[robot.arm] = area.home
    mujoco.mj_kinematics(robot.model, data)
    tool = data.site(robot.tool_frame)
    turn = tool.xmat.reshape(3, 3)
    point = tool.xpos + turn @ hand.grasp_point
    np.testing.assert_allclose(point[:2], (area.lower + area.upper) / 2, rtol=0, atol=1e-3)
    assert area.lowest + 0.03 < point[2] < area.highest
    np.testing.assert_allclose(turn @ hand.approach, (0, 0, -1), rtol=0, atol=0.018)
    limits = robot.lower[robot.arm], robot.upper[robot.arm]
    assert np.minimum(area.home - limits[0], limits[1] - area.home).min() > 0.2


def test_the_fingertips_stay_above_the_table(robot: Robot) -> None:
    area, hand = find_table_area(robot), find_hand(robot)
    assert hand is not None
    assert 0.001 < area.lowest - hand.reach_beyond - area.height < 0.01


def test_a_table_out_of_reach_is_said_to_be(write_arm: Callable[..., Path]) -> None:
    lowered = {"centre: [0.82, 0.0, 0.58]": "centre: [0.82, 0.0, 0.15]"}
    lowered["centre: [0.92, 0.0, 0.28], size: [0.12, 0.60, 0.56]"] = (
        "centre: [0.92, 0.0, 0.06], size: [0.12, 0.60, 0.10]"
    )
    far = load_robot(str(write_arm("fetch_arm", yaml=lowered)))
    with pytest.raises(
        UserError, match=r"^my_arm can't point its gripper down at the table: .*\.$"
    ):
        find_table_area(far)


def test_an_arm_without_a_gripper_is_refused() -> None:
    with pytest.raises(UserError, match="six_axis_arm has no gripper"):
        find_table_area(load_robot("six_axis_arm"))


def test_it_is_found_once_and_the_same_again(robot: Robot) -> None:
    area = find_table_area(robot)
    assert find_table_area(robot) is area
    again = find_table_area.__wrapped__(robot)
    assert again.home.tobytes() == area.home.tobytes()
    assert (again.lower == area.lower).all() and (again.upper == area.upper).all()
