"""The tool's states are those that MuJoCo computes, in the base frame."""

import mujoco
import numpy as np
import pytest

from arm_sim.common.poses import make_pose
from arm_sim.scene.arm_geometry import ArmGeometry
from support.primitive_arms import JOINTS, chain, mjcf

SITE = '<site name="tip" pos="0.02 0.01 0.06"/>'
QUATERNION = np.array([0.8, 0.0, 0.0, 0.6])
RAIL = (
    '<body name="rail"><joint name="rail" type="slide" axis="0 1 0" range="-0.5 0.5"/>'
    '<geom size="0.05" mass="1"/>{}</body>'
)


@pytest.fixture(scope="module")
def model() -> mujoco.MjModel:
    return mujoco.MjModel.from_xml_string(mjcf(RAIL.format(chain(end=SITE))))


@pytest.fixture(scope="module")
def geometry(model: mujoco.MjModel) -> ArmGeometry:
    base = make_pose(np.array([0.4, -0.3, 0.2]), QUATERNION)
    return ArmGeometry(model, ["rail", *JOINTS], "tip", base)


def test_positions_are_in_the_base_frame(model: mujoco.MjModel, geometry: ArmGeometry) -> None:
    postures = np.random.default_rng(0).uniform(geometry.lower, geometry.upper, (20, 7))
    found = geometry.tool_states(postures).positions
    base, data = make_pose(np.array([0.4, -0.3, 0.2]), QUATERNION), mujoco.MjData(model)
    for posture, position in zip(postures, found, strict=True):
        data.qpos[:] = posture
        mujoco.mj_kinematics(model, data)
        world = base @ [*position, 1.0]
        np.testing.assert_allclose(world[:3], data.site("tip").xpos, rtol=0, atol=1e-12)


def test_jacobians_are_what_small_steps_say(geometry: ArmGeometry) -> None:
    posture, step = np.array([0.1, 0.3, -0.6, 0.9, 0.2, -0.4, 1.0]), 1e-6
    found = geometry.tool_states(posture[None])
    around = posture + step * np.concatenate([np.eye(7), -np.eye(7)])
    moved = geometry.tool_states(around).positions
    expected = (moved[:7] - moved[7:]).T / (2 * step)
    np.testing.assert_allclose(found.jacobians[0], expected, rtol=0, atol=1e-8)


def test_a_stretched_arm_is_singular_and_a_bent_one_is_not() -> None:
    model = mujoco.MjModel.from_xml_string(mjcf(chain(end='<site name="tip" pos="0 0 0.06"/>')))
    geometry = ArmGeometry(model, list(JOINTS), "tip", np.eye(4))
    straight, bent = geometry.tool_states(
        np.array([np.zeros(6), [0, 0.6, 1.2, 0, 0.5, 0]])
    ).dexterity
    assert straight < 1e-9 and bent > 0.05
    directions = geometry.tool_states(np.zeros((1, 6))).directions
    np.testing.assert_allclose(directions, [[0, 0, 1]], atol=1e-12)


def test_a_joint_without_limits_goes_half_a_turn_each_way() -> None:
    text = mjcf(chain()).replace('axis="0 0 1" range="-2.5 2.5"', 'axis="0 0 1"', 1)
    geometry = ArmGeometry(mujoco.MjModel.from_xml_string(text), list(JOINTS), "link_6", np.eye(4))
    np.testing.assert_allclose([geometry.lower[0], geometry.upper[0]], [-np.pi, np.pi])
    np.testing.assert_allclose([geometry.lower[1], geometry.upper[1]], [-2.5, 2.5])


def test_neutral_is_0_or_the_middle_where_0_is_near_a_limit() -> None:
    text = mjcf(chain()).replace(
        'axis="0 1 0" range="-2.5 2.5"', 'axis="0 1 0" range="-0.1 2.5"', 1
    )
    geometry = ArmGeometry(mujoco.MjModel.from_xml_string(text), list(JOINTS), "link_6", np.eye(4))
    np.testing.assert_allclose(geometry.neutral, [0, 1.2, 0, 0, 0, 0])
