"""The floor is where the robot's file has it, or under what does not move."""

import mujoco
import numpy as np
import pytest

from arm_sim.scene.surroundings import floor_height, has_plane
from support.primitive_arms import chain, mjcf

PLANE = '<geom type="plane" size="1 1 0.1" pos="0 0 {z}"/>'
# A wheel that is held still, and its lowest point at z = -0.3 of the base.
WHEEL = '<body pos="0 0.2 -0.2"><geom type="cylinder" size="0.1 0.02" euler="1.5708 0 0"/></body>'


def at(x: float, y: float, z: float) -> np.ndarray:
    pose = np.eye(4)
    pose[:3, 3] = (x, y, z)
    return pose


@pytest.mark.parametrize(
    ("world", "base", "expected"),
    [
        pytest.param(chain(), at(0, 0, 0), 0.0, id="a base that stands on the floor"),
        pytest.param(PLANE.format(z=-0.25) + chain(), at(0, 0, 0), -0.25, id="a plane"),
        pytest.param(PLANE.format(z=-0.25) + chain(), at(0, 0, 0.5), -0.75, id="a plane far below"),
        pytest.param(WHEEL + chain(), at(0, 0, 0), -0.3, id="wheels"),
        pytest.param(WHEEL + chain(), at(0, 0, 0.4), -0.7, id="wheels far below"),
    ],
)
def test_the_floor_is_found(world: str, base: np.ndarray, expected: float) -> None:
    model = mujoco.MjModel.from_xml_string(mjcf(world))
    assert floor_height(model, 0, base) == pytest.approx(expected, abs=1e-3)


def test_a_base_a_little_below_its_frame_stands_at_0() -> None:
    model = mujoco.MjModel.from_xml_string(mjcf(chain()))
    assert floor_height(model, 0, at(0, 0, 0.015)) == 0.0


def test_a_first_link_that_turns_about_the_vertical_does_not_touch_the_floor() -> None:
    hanging = chain().replace('fromto="0 0 0 0 0 0.15"', 'fromto="0 0 0 0 0 -2"')
    model = mujoco.MjModel.from_xml_string(mjcf(hanging))
    lowest = model.body_pos[model.jnt_bodyid[0], 2] - 2.0
    assert lowest - 0.1 < floor_height(model, 0, at(0, 0, 0)) < lowest
    # As if a later joint were the first, whose axis is not vertical.
    assert floor_height(model, 1, at(0, 0, 0)) == 0.0


def test_nothing_that_stands_still_leaves_the_floor_at_the_base() -> None:
    bare = f"<mujoco><worldbody>{chain()}</worldbody></mujoco>"
    assert floor_height(mujoco.MjModel.from_xml_string(bare), 0, at(0, 0, 0)) == 0.0


def test_a_plane_is_a_floor_of_the_files_own() -> None:
    assert has_plane(mujoco.MjSpec.from_string(mjcf(PLANE.format(z=0) + chain())))
    assert not has_plane(mujoco.MjSpec.from_string(mjcf(chain())))
