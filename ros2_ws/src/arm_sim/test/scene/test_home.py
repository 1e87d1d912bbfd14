"""Home is the file's, unless it is a bad one; else a posture to reach from."""

from pathlib import Path

import numpy as np
import pytest

from arm_sim.robot.robot import Robot
from arm_sim.scene.arm_geometry import ArmGeometry
from arm_sim.scene.home import arm_reach, choose_home
from arm_sim.scene.loader import load_robot
from arm_sim.scene.posture_contacts import PostureContacts
from support.primitive_arms import JOINTS, chain, mjcf, servos, write_mjcf

GOOD = "0.1 0.4 1.1 0.2 0.9 0.3"
# Straight up: the tool can't move along the arm.
SINGULAR = "0 0 0 0 0 0"
BENT = [0.1, 0.4, 1.1, 0.2, 0.9, 0.3]
# At GOOD the third link is in here.
POST = '<geom type="box" size="0.05 0.2 0.05" pos="0.23 0 0.53" contype="1" conaffinity="1"/>'


def load(folder: Path, *sections: str, world: str = "", scene: str = "") -> Robot:
    return load_robot(write_mjcf(folder, mjcf(world + chain(), servos(*JOINTS), *sections), scene))


def keyframes(**postures: str) -> str:
    keys = "".join(f'<key name="{name}" qpos="{at}"/>' for name, at in postures.items())
    return f"<keyframe>{keys}</keyframe>"


def home(robot: Robot) -> list[float]:
    return robot.home[robot.arm].tolist()


def test_the_keyframe_called_home_is_used(tmp_path: Path) -> None:
    robot = load(tmp_path, keyframes(rest="0 1 1 0 0 0", robot_Home=GOOD, work="0 0.3 1 0 1 0"))
    assert home(robot) == BENT


def test_without_one_called_home_it_is_the_first(tmp_path: Path) -> None:
    assert home(load(tmp_path, keyframes(ready=GOOD, work="0 0.3 1 0 1 0"))) == BENT


def test_a_users_home_goes_before_the_files(tmp_path: Path) -> None:
    robot = load(tmp_path, keyframes(home=GOOD), scene="home: [0, 0.3, 1, 0, 1, 0]")
    assert home(robot) == [0, 0.3, 1, 0, 1, 0]


@pytest.mark.parametrize(
    ("posture", "world"),
    [
        pytest.param(SINGULAR, "", id="singular"),
        pytest.param(GOOD, POST, id="in contact"),
        pytest.param("0 2.2 0.6 0 0 0", "", id="below the floor"),
    ],
)
def test_a_bad_home_gives_way(tmp_path: Path, posture: str, world: str) -> None:
    (tmp_path / "without").mkdir()
    given = home(load(tmp_path, keyframes(home=posture), world=world))
    assert given != [float(x) for x in posture.split()]
    assert given == home(load(tmp_path / "without", world=world))


def test_a_home_at_a_limit_is_moved_a_little_inside(tmp_path: Path) -> None:
    robot = load(tmp_path, keyframes(home="2.5 0.4 1.1 0.2 0.9 0.3"))
    np.testing.assert_allclose(home(robot), [2.4, 0.4, 1.1, 0.2, 0.9, 0.3], atol=1e-12)


@pytest.mark.parametrize("base", ["", 'pos="1 1 0.5" euler="0 0 2"'])
def test_a_chosen_home_is_a_good_place_to_reach_from(tmp_path: Path, base: str) -> None:
    robot = load_robot(write_mjcf(tmp_path, mjcf(POST + chain(), servos(*JOINTS), base=base)))
    geometry = ArmGeometry(robot.model, list(JOINTS), robot.tool_frame, np.eye(4))
    posture = robot.home[robot.arm]
    there = geometry.tool_states(posture[None])
    x, y, z = there.positions[0]
    reach = arm_reach(geometry)
    assert 0.2 * reach < x < 0.9 * reach and abs(y) < 0.3 * reach and 0.05 * reach < z
    assert there.dexterity[0] > 0.1
    assert there.directions[0, 2] < 0  # The tool points downwards.
    assert not PostureContacts(geometry).at(posture)
    margin = 0.05 * (robot.upper - robot.lower)[robot.arm]
    assert (posture > robot.lower[robot.arm] + margin).all()
    assert (posture < robot.upper[robot.arm] - margin).all()


def test_the_choice_repeats_itself(tmp_path: Path) -> None:
    robot = load(tmp_path)
    geometry = ArmGeometry(robot.model, list(JOINTS), robot.tool_frame, np.eye(4))
    contacts = PostureContacts(geometry)
    first, second = (choose_home(geometry, contacts, None, 0.0) for _ in range(2))
    assert first.tobytes() == second.tobytes()


def test_reach_is_about_the_length_of_the_arm(tmp_path: Path) -> None:
    robot = load(tmp_path)
    geometry = ArmGeometry(robot.model, list(JOINTS), robot.tool_frame, np.eye(4))
    # 0.1 m to the first joint, the links, and the capsule's end.
    assert 0.8 < arm_reach(geometry) / (0.1 + 0.15 + 0.30 + 0.25 + 0.12 + 0.10 + 0.09) < 1.001
