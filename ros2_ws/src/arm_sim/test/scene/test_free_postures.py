"""Postures in which links touch are told from free ones, also on the cheap model."""

from collections.abc import Callable

import mujoco
import numpy as np
import pytest

from arm_sim.robot.robot import Robot
from arm_sim.scene.contacts import apply_contacts
from arm_sim.scene.free_postures import FreePostures
from arm_sim.scene.loader import load_robot
from arm_sim.scene.postures import random_postures

MakeSpec = Callable[..., mujoco.MjSpec]
MakeRobot = Callable[[mujoco.MjSpec], Robot]


@pytest.fixture
def folding_arm(small_arm: MakeSpec, robot_of: MakeRobot) -> Robot:
    """An arm whose wrist can touch its upper link, in a scene where links pass each other."""
    spec = small_arm({'contype="0" conaffinity="0"': 'contype="1" conaffinity="1"'})
    spec.geoms[-1].contype = spec.geoms[-1].conaffinity = 0  # The target's.
    robot = robot_of(spec)
    apply_contacts(spec, robot.model, robot.arm, robot.home, exact=False)
    return robot_of(spec)


def test_links_that_touch_are_found_though_the_scene_lets_them_pass(folding_arm: Robot) -> None:
    postures = np.tile(folding_arm.home, (3, 1))
    postures[1, folding_arm.arm] = (0.0, 0.0, 1.6)
    assert FreePostures(folding_arm).free(postures).tolist() == [True, False, True]


def test_the_table_of_a_built_in_arm_counts() -> None:
    robot = load_robot("fetch_arm")
    postures = np.tile(robot.home, (2, 1))
    postures[1, robot.arm[1]] = 1.2  # The shoulder lowered: the arm is in the table.
    assert FreePostures(robot).free(postures).tolist() == [True, False]


def test_the_answer_does_not_depend_on_what_was_asked_before(folding_arm: Robot) -> None:
    postures = random_postures(folding_arm, 150, np.random.default_rng(0))
    free = FreePostures(folding_arm)
    together = free.free(postures)
    assert 0.2 < together.mean() < 1.0
    one_by_one = np.concatenate([free.free(posture[None]) for posture in postures[::-1]])[::-1]
    np.testing.assert_array_equal(together, one_by_one)


def test_no_postures_are_no_answers(folding_arm: Robot) -> None:
    assert FreePostures(folding_arm).free(np.zeros((0, folding_arm.model.njnt))).tolist() == []


def test_being_near_is_no_contact(small_arm: MakeSpec, robot_of: MakeRobot) -> None:
    spec = small_arm({'contype="0" conaffinity="0"': 'contype="1" conaffinity="1" margin="1"'})
    spec.geoms[-1].contype = spec.geoms[-1].conaffinity = 0
    spec.add_exclude(bodyname1="base", bodyname2="upper")
    robot = robot_of(spec)
    assert FreePostures(robot).free(robot.home[None]).all()
