"""Objects of a scene are free bodies that touch everything; a wrong one is one sentence."""

import json
from pathlib import Path
from typing import Any

import mujoco
import numpy as np
import pytest
import trimesh

from arm_sim.common.errors import UserError
from arm_sim.robot.model import object_geom
from arm_sim.robot.robot import Robot
from arm_sim.scene.loader import load_robot, load_scene
from support.object_scene import CHANGES, OBJECTS, TABLE, robot_with_objects

CUBE = {"size": [0.05, 0.05, 0.05], "position": [0.7, 0.2, TABLE + 0.025]}


def load(**objects: dict[str, Any]) -> Robot:
    return load_robot(changes=json.dumps({"objects": objects}))


def touching(robot: Robot, cube: np.ndarray, can: tuple[float, ...] = (2, 2, 2)) -> set[str]:
    """The bodies that touch the cube where it is put, the arm at home."""
    model, data = robot.model, mujoco.MjData(robot.model)
    data.qpos[:] = robot.rest_configuration
    for name, place in (("cube", cube), ("can", can)):
        address = model.joint(name).qposadr[0]
        data.qpos[address : address + 3] = place
    mujoco.mj_forward(model, data)
    pairs = model.geom_bodyid[data.contact.geom]
    number = model.body("cube").id
    others = {int(body) for pair in pairs if number in pair for body in pair} - {number}
    return {model.body(body).name for body in others}


@pytest.mark.parametrize("exact", [True, False])
def test_objects_touch_floor_table_arm_and_each_other(exact: bool) -> None:
    robot = load_robot(changes=json.dumps({"objects": OBJECTS, "exact": exact}))
    model, data = robot.model, mujoco.MjData(robot.model)
    assert touching(robot, np.array([2.0, 0.0, 2.0])) == set()
    assert touching(robot, np.array([2.0, 0.0, 0.02])) == {"world"}
    assert touching(robot, np.array([0.9, 0.4, TABLE + 0.02])) == {"world"}
    assert touching(robot, np.array([2.0, 0.0, 2.0]), (2.04, 0.0, 2.0)) == {"can"}
    data.qpos[:] = robot.rest_configuration
    mujoco.mj_kinematics(model, data)
    touched = set()
    for geom in range(model.ngeom):
        body = model.geom_bodyid[geom]
        if (
            body
            and body in robot.bodies
            and (model.geom_contype[geom] or model.geom_conaffinity[geom])
        ):
            assert model.body(body).name in touching(robot, data.geom_xpos[geom])
            touched.add(model.body(body).name)
    assert {"elbow_flex_link", "gripper_link", "r_gripper_finger_link"} <= touched
    # The goal is no thing.
    assert touching(robot, np.array([2.0, 0.0, 2.0])) == set()
    assert model.geom_contype[model.body("target").geomadr[0]] == 0


def test_objects_come_after_the_robot_in_its_own_arrays_and_in_the_model() -> None:
    plain, robot = load_robot(), robot_with_objects()
    assert robot.joint_names == plain.joint_names and robot.objects == ("cube", "can")
    assert robot.model.nq == len(robot.home) + 2 * 7
    assert robot.model.nv == len(robot.home) + 2 * 6
    np.testing.assert_array_equal(robot.rest_configuration[: len(robot.home)], robot.home)
    for name in ("home", "lower", "upper", "velocity_limits", "acceleration_limits", "workspace"):
        np.testing.assert_array_equal(getattr(robot, name), getattr(plain, name))
    assert plain.objects == () and plain.object_home.shape == (0, 7)
    np.testing.assert_allclose(robot.object_home[1], [0.7, -0.2, TABLE + 0.05, 0, 0, 0, 1])


@pytest.mark.parametrize(
    ("spec", "half", "height"),
    [
        ({"size": [0.1, 0.06, 0.04]}, [0.05, 0.03, 0.02], 0.04),
        ({"shape": "cylinder", "size": [0.06, 0.1]}, [0.03, 0.05, 0], 0.1),
        ({"shape": "sphere", "size": [0.08]}, [0.04, 0, 0], 0.08),
    ],
)
def test_lengths_are_whole_ones_and_the_mass_is_as_given(
    spec: dict[str, Any], half: list[float], height: float
) -> None:
    changes = json.dumps({"objects": {"thing": spec | {"position": [1, 0, 1], "mass": 0.3}}})
    scene = load_scene("fetch_arm", changes=changes)
    model = scene.robot.model
    np.testing.assert_allclose(model.geom_size[object_geom(model, "thing")], half)
    assert model.body("thing").mass[0] == pytest.approx(0.3)
    lower, upper = scene.settings.objects["thing"].bounds
    np.testing.assert_allclose(upper, -lower)
    assert (upper - lower)[2] == pytest.approx(height)
    assert (upper - lower)[0] == pytest.approx(spec["size"][0])


def test_a_mesh_is_scaled_and_where_its_file_has_it(tmp_path: Path) -> None:
    """Though MuJoCo moves a mesh to its centre of mass."""
    file = tmp_path / "block.stl"
    block = trimesh.creation.box((2.0, 4.0, 6.0)).apply_translation([1.0, 0.0, 0.0])
    block.export(file)
    spec = {"shape": "mesh", "size": [0.01], "file": str(file), "position": [1, 0, 1]}
    model = load(block=spec).model
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    np.testing.assert_allclose(data.body("block").xpos, [1, 0, 1], atol=1e-9)
    where = data.geom_xpos[object_geom(model, "block")]
    np.testing.assert_allclose(where, [1.01, 0, 1], atol=1e-6)
    np.testing.assert_allclose(np.ptp(model.mesh_vert, axis=0).max(), 0.06, atol=1e-6)


def test_without_objects_the_scene_is_what_it_was() -> None:
    """Bit by bit: solver and friction cone change only where there are objects."""
    plain, robot = load_robot().model.opt, robot_with_objects().model.opt
    assert load_robot(changes='{"objects": {}}').model.opt.cone == plain.cone
    assert plain.cone == mujoco.mjtCone.mjCONE_PYRAMIDAL.value and plain.impratio == 1.0
    assert robot.cone == mujoco.mjtCone.mjCONE_ELLIPTIC.value and robot.impratio == 10.0


def test_of_two_objects_with_one_name_there_is_one() -> None:
    """Names are keys, of which the last counts."""
    text = "objects:\n" + 2 * "  cube: {size: [0.05, 0.05, 0.05], position: [0.7, 0.2, 0.7]}\n"
    assert load_robot(changes=text).objects == ("cube",)


@pytest.mark.parametrize(
    "name", ["target", "elbow_flex_link", "elbow_flex_joint", "table_top", "world"]
)
def test_a_name_that_is_taken_is_one_sentence(name: str) -> None:
    with pytest.raises(UserError) as refused:
        load(**{name: CUBE})
    assert str(refused.value) == (
        f"fetch_arm: An object can't be named '{name}', as the goal, a box or a part of the robot "
        "is."
    )


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"size": [0.05]}, "size has 1 numbers; a box has 3: length along x, y and z"),
        ({"shape": "cylinder"}, "size has 3 numbers; a cylinder has 2: diameter and height"),
        ({"shape": "sphere"}, "size has 3 numbers; a sphere has 1: diameter"),
        ({"shape": "mesh", "size": [1]}, "there is no mesh file ''"),
        ({"shape": "cone"}, "'objects.cube.shape' is 'cone'"),
        ({"size": [0.05, 0.05, 0]}, "greater than 0"),
        ({"mass": 0.0}, "'objects.cube.mass' is 0.0: Input should be greater than 0"),
        ({"colour": [1, 0]}, "objects.cube.colour"),
        ({"weight": 1}, "unknown key 'objects.cube.weight' (valid: shape, size, file, mass"),
    ],
)
def test_a_wrong_object_is_one_sentence(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UserError) as refused:
        load(cube=CUBE | changes)
    said = str(refused.value)
    assert said.startswith("The changes of the scene: ") and sentence in said
    assert "\n" not in said


def test_changes_that_are_no_settings_are_one_sentence() -> None:
    for text, sentence in (
        ("objects: [", "The changes of the scene is not YAML"),
        ("- a: 1", "The changes of the scene must hold 'key: value' lines"),
        ("/nowhere.yaml", "Can't read /nowhere.yaml"),
        ("object: {}", "unknown key 'object'"),
    ):
        with pytest.raises(UserError) as refused:
            load_robot(changes=text)
        assert sentence in str(refused.value) and "\n" not in str(refused.value)


def test_equal_changes_load_the_scene_once() -> None:
    assert load_robot(changes=CHANGES) is robot_with_objects()
