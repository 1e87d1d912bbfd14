"""Targets are drawn where the tool gets without contact, off the base and above the floor."""

from pathlib import Path

import numpy as np
import pytest

from arm_sim.robot.kinematics import Kinematics
from arm_sim.robot.robot import Robot
from arm_sim.scene.arm_geometry import ArmGeometry
from arm_sim.scene.home import arm_reach
from arm_sim.scene.loader import load_robot
from arm_sim.scene.workspace import tool_floor
from support.primitive_arms import JOINTS, chain, mjcf, servos, write_mjcf

WALL = '<geom type="box" size="0.02 1 1" pos="{x} 0 0" contype="1" conaffinity="1"/>'


def load(folder: Path, world: str = "", scene: str = "") -> Robot:
    return load_robot(write_mjcf(folder, mjcf(world + chain(), servos(*JOINTS)), scene))


def test_the_tool_gets_to_most_of_it(tmp_path: Path) -> None:
    robot = load(tmp_path)
    lower, upper = robot.workspace
    offsets = np.random.default_rng(0).uniform(-0.9, 0.9, (2000, 6))
    positions = np.tile(robot.home, (2000, 1))
    positions[:, robot.arm] += offsets
    tools = Kinematics(robot, 2000).tool_positions(positions)
    inside = ((tools > lower) & (tools < upper)).all(axis=1)
    assert inside.mean() > 0.2
    # They fill it: no eighth of the box is empty.
    halves = (tools[inside] > robot.workspace.mean(axis=0)) @ [1, 2, 4]
    assert np.bincount(halves, minlength=8).min() > 0.01 * inside.sum()


@pytest.mark.parametrize(
    "scene", ["", "home: [3.1, 0.4, 1.0, 0, 0.9, 0]", "home: [1.57, 0.4, 1, 0, 0.9, 0]"]
)
def test_it_is_off_the_base_and_above_the_floor(tmp_path: Path, scene: str) -> None:
    wide = mjcf(chain(), servos(*JOINTS)).replace("-2.5 2.5", "-3.14 3.14")
    robot = load_robot(write_mjcf(tmp_path, wide, scene))
    geometry = ArmGeometry(robot.model, list(JOINTS), robot.tool_frame, np.eye(4))
    reach = arm_reach(geometry)
    lower, upper = robot.workspace
    nearest = np.maximum(np.maximum(lower[:2], -upper[:2]), 0.0)
    assert np.linalg.norm(nearest) >= 0.19 * reach
    assert lower[2] > robot.tool_floor > 0
    assert (upper - lower > 0.05 * reach).all()


def test_a_lower_floor_leaves_more_room(tmp_path: Path) -> None:
    (tmp_path / "low").mkdir()
    (tmp_path / "none").mkdir()
    high = load(tmp_path, scene="floor: 0.3")
    low = load(tmp_path / "low", scene="floor: -0.5")
    none = load(tmp_path / "none", scene="floor: none")
    assert high.workspace[0, 2] > high.tool_floor > 0.3
    assert low.workspace[0, 2] < high.workspace[0, 2]
    assert none.tool_floor == -np.inf
    assert low.tool_floor == pytest.approx(tool_floor(-0.5, 1.0), abs=0.02)


def test_postures_in_contact_do_not_count(tmp_path: Path) -> None:
    (tmp_path / "walled").mkdir()
    scene = "home: [0, 0.2, 1.2, 0, 0.9, 0]"
    free = load(tmp_path, scene=scene)
    walled = load(tmp_path / "walled", WALL.format(x=0.55), scene)
    assert walled.workspace[1, 0] < 0.55 < free.workspace[1, 0]
