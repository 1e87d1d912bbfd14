"""Postures above a table: the hand is where they say, turned as at home, the gripper as asked."""

import dataclasses

import numpy as np
import pytest

from arm_sim.common.errors import UserError
from arm_sim.robot.kinematics import Kinematics
from arm_trainer.tasks.hand_postures import HandPostures
from arm_trainer.tasks.tabletop import Tabletop
from support.tabletop import tabletop


@pytest.fixture(scope="module", params=["fetch_arm", "seven_axis_arm"])
def task(request: pytest.FixtureRequest) -> Tabletop:
    return tabletop("lift", request.param)


def test_the_hand_is_where_the_postures_say_and_points_down(task: Tabletop) -> None:
    postures, hand = task.postures, task.grasp.hand
    kinematics = Kinematics(task.robot, len(postures.positions))
    tools, rotations = kinematics.tool_positions(postures.positions), kinematics.tool_rotations()
    points = tools + rotations @ hand.grasp_point
    assert np.linalg.norm(points - postures.points, axis=1).max() < 1.1e-3
    assert (rotations @ hand.approach)[:, 2].max() < -np.cos(np.radians(1.1))
    kinematics.tool_positions(np.tile(task.robot.home, (len(tools), 1)))
    at_home = kinematics.tool_rotations()[0] @ hand.closing
    # A gripper is the same after half a turn.
    assert np.abs(rotations @ hand.closing @ at_home).min() > np.cos(np.radians(3.0))


def test_low_postures_grasp_what_lies_on_the_table_and_high_ones_are_above(task: Tabletop) -> None:
    postures, grasped = task.postures, task.table + task.half + task.grasp.height
    low, high = postures.points[postures.low, 2], postures.points[postures.high, 2]
    assert low.min() >= grasped - 1e-9 and low.max() < grasped + 0.007
    above = task.table + 2 * task.half + task.grasp.hand.reach_beyond
    assert high.min() > above and high.max() > task.robot.workspace[1, 2] - 0.02
    together = np.concatenate([postures.low, postures.high])
    assert sorted(together) == list(range(len(postures.points)))
    assert len(postures.low) > 300 and len(postures.high) > 500


@pytest.mark.parametrize("opening", [0.0, 0.3, 0.77, 1.0])
def test_a_gripper_is_put_to_an_opening_and_the_arm_stays(task: Tabletop, opening: float) -> None:
    robot, before = task.robot, task.postures.positions[3]
    placed = task.postures.with_gripper(before, opening)
    assert robot.gripper_opening(placed[None]).item() == pytest.approx(opening, abs=0.01)
    np.testing.assert_array_equal(placed[robot.arm], before[robot.arm])


def test_postures_are_the_same_in_every_process(task: Tabletop) -> None:
    again = type(task)(task.robot, task.config).postures
    assert again.positions.tobytes() == task.postures.positions.tobytes()


def test_a_table_that_is_mostly_out_of_reach_is_refused(task: Tabletop) -> None:
    far = dataclasses.replace(
        task.robot, workspace=task.robot.workspace + np.array([1.0, 0.0, 0.0])
    )
    with pytest.raises(UserError, match="can't point its gripper down at most of the table"):
        HandPostures(far, task.grasp.hand, task.table, task.table + 0.1, task.table + 0.2)
