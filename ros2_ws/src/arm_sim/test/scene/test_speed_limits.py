"""Velocity limits come from the robot's file, else they are a default that is said."""

import mujoco
import pytest

from arm_sim.scene.speed_limits import acceleration_limits, velocity_limits
from support.primitive_arms import FINGERS, JOINTS, chain, fingers, mjcf

FIRST = 'name="joint_1" axis'


def model(user: str = "") -> mujoco.MjModel:
    text = mjcf(chain(end=fingers()))
    return mujoco.MjModel.from_xml_string(text.replace(FIRST, f'user="{user}" {FIRST}'))


def test_without_any_they_are_the_defaults() -> None:
    limits, unknown = velocity_limits(model(), [*JOINTS, *FINGERS], {})
    assert limits == dict.fromkeys(JOINTS, 2.0) | dict.fromkeys(FINGERS, 0.2)
    assert unknown == [*JOINTS, *FINGERS]


def test_a_urdfs_limit_or_a_joints_first_user_number_is_taken() -> None:
    limits, unknown = velocity_limits(model("1.5 9"), JOINTS, {"joint_2": 0.7})
    assert (limits["joint_1"], limits["joint_2"], limits["joint_3"]) == (1.5, 0.7, 2.0)
    assert unknown == list(JOINTS[2:])


@pytest.mark.parametrize("given", [0.0, -1.0, float("inf"), float("nan")])
def test_what_is_no_limit_is_not_taken(given: float) -> None:
    limits, unknown = velocity_limits(model(), ["joint_1"], {"joint_1": given})
    assert limits == {"joint_1": 2.0} and unknown == ["joint_1"]


@pytest.mark.parametrize(
    ("user", "expected"), [("1.5 9", {"joint_1": 9.0}), ("1.5", {}), ("1.5 0", {}), ("1 -2", {})]
)
def test_the_second_user_number_is_an_acceleration_limit(user: str, expected: dict) -> None:
    assert acceleration_limits(model(user), JOINTS) == expected
