"""Observations of objects are what their columns' names say, each of the object that it names."""

import numpy as np
import pytest

from arm_sim.common.errors import UserError
from arm_sim.robot.object_spec import upright_poses
from arm_sim.robot.robot import Robot
from arm_trainer.tasks.object_terms import OBJECT_TERMS
from arm_trainer.tasks.observation_terms import Observation, find_term
from support.object_scene import robot_with_objects
from support.states import task_state

ROBOT = robot_with_objects()


def test_every_column_is_what_its_name_says_of_the_object_it_names() -> None:
    terms = [f"{kind}/{name}" for name in ("can", "cube") for kind in OBJECT_TERMS]
    observation = Observation(ROBOT, terms)
    random = np.random.default_rng(0)
    places, yaws = random.normal(size=(3, 2, 3)), random.uniform(-3, 3, (3, 2))
    velocities = random.normal(size=(3, 2, 6))
    state = task_state(
        ROBOT,
        np.tile(ROBOT.home, (3, 1)),
        tool=random.normal(size=(3, 3)),
        goal=random.normal(size=(3, 3)),
        objects=upright_poses(places, yaws),
        object_velocities=velocities,
    )
    observed = observation(state)
    assert observed.shape == (3, len(observation.names)) == (3, 36)
    for column, name, scale in zip(observed.T, observation.names, observation.scale, strict=True):
        kind, which, axis = name.split("/")
        i, k = ROBOT.objects.index(which), "xyz".find(axis)
        from_tool, from_object = places[:, i] - state.tool, state.goal - places[:, i]
        expected = {
            "object_from_tool": from_tool[:, k],
            "object_near_tool": from_tool[:, k] / np.hypot(from_tool[:, k], 0.04),
            "goal_from_object": from_object[:, k],
            "goal_near_object": from_object[:, k] / np.hypot(from_object[:, k], 0.04),
            "object_height": places[:, i, 2] - ROBOT.object_home[i, 2],
            "object_heading": (np.sin if axis == "sin4" else np.cos)(4 * yaws[:, i]),
            "object_velocity": velocities[:, i, k],
        }[kind]
        np.testing.assert_allclose(column, expected * scale, rtol=1e-5, atol=1e-6, err_msg=name)


def test_a_square_box_looks_the_same_after_a_quarter_of_a_turn() -> None:
    observation = Observation(ROBOT, ["object_heading/cube"])
    yaws = 0.2 + np.pi / 2 * np.arange(4)
    state = task_state(ROBOT, np.tile(ROBOT.home, (4, 1)))
    state.objects[:, 0] = upright_poses(np.zeros((4, 3)), yaws)
    seen = observation(state)
    np.testing.assert_allclose(seen, seen[[0]].repeat(4, axis=0), atol=1e-6)


def test_only_terms_of_the_goal_are_left_out_where_nobody_knows_it() -> None:
    of_goal = {kind for kind in OBJECT_TERMS if find_term(f"{kind}/cube").of_goal}
    assert of_goal == {"goal_from_object", "goal_near_object"}


@pytest.mark.parametrize(
    ("term", "sentence"),
    [
        (
            "object_height/ball",
            r"Observation term 'object_height/ball': there is no such object \(valid: cube, can\)",
        ),
        ("object_height/", r"Unknown observation term 'object_height/' \(valid: joint_positions"),
        ("object_smell/cube", r"Unknown observation term 'object_smell/cube' .*object_height/OBJ"),
        ("object_height", r"Unknown observation term 'object_height' \(valid: "),
    ],
)
def test_an_unknown_object_or_kind_is_one_sentence(term: str, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence) as caught:
        Observation(ROBOT, [term])
    assert "\n" not in str(caught.value)


def test_a_robot_without_objects_has_none_to_observe(robot: Robot) -> None:
    with pytest.raises(UserError, match=r"there is no such object \(valid: none\)"):
        Observation(robot, ["object_height/cube"])
