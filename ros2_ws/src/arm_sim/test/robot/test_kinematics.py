"""Tool positions, rotations and Jacobians are MuJoCo's."""

from collections.abc import Callable
from pathlib import Path

import mujoco
import numpy as np
import pytest

from arm_sim.robot.kinematics import Kinematics
from arm_sim.robot.robot import Robot
from arm_sim.scene.loader import load_robot

WriteArm = Callable[..., Path]


def scattered(robot: Robot, count: int) -> np.ndarray:
    """Positions all over the joints' range, the target's included."""
    lower, upper = np.maximum(robot.lower, -7), np.minimum(robot.upper, 7)
    return np.random.default_rng(1).uniform(lower, upper, (count, len(robot.joint_names)))


@pytest.mark.parametrize("tool_frame", ["gripper_link", "wrist_roll_link"])
def test_tool_positions_are_mujocos(write_arm: WriteArm, tool_frame: str) -> None:
    changed = load_robot(str(write_arm("fetch_arm", yaml={"gripper_link": tool_frame})))
    model, data = changed.model, mujoco.MjData(changed.model)
    positions = scattered(changed, 200)
    expected = np.empty((200, 3))
    for i, row in enumerate(positions):
        data.qpos[:] = row
        mujoco.mj_forward(model, data)
        site = tool_frame == "gripper_link"
        expected[i] = data.site(tool_frame).xpos if site else data.body(tool_frame).xpos
    assert np.ptp(expected, axis=0).min() > 0.5
    found = Kinematics(changed, 200).tool_positions(positions)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def test_a_tool_position_is_the_same_to_the_bit_however_many_are_asked_for(robot: Robot) -> None:
    positions = scattered(robot, 16)
    together = Kinematics(robot, 16).tool_positions(positions)
    single = Kinematics(robot, 1)
    alone = np.concatenate([single.tool_positions(row[None]) for row in positions])
    assert together.tobytes() == alone.tobytes()


def test_tool_positions_given_before_do_not_change(robot: Robot) -> None:
    kinematics = Kinematics(robot, 1)
    first = kinematics.tool_positions(robot.home[None])
    kept = first.copy()
    kinematics.tool_positions(scattered(robot, 1))
    np.testing.assert_array_equal(first, kept)


@pytest.mark.parametrize(
    "tool_frame, first, last",
    [
        ("gripper_link", "shoulder_pan_joint", "wrist_roll_joint"),
        ("elbow_flex_link", "shoulder_pan_joint", "upperarm_roll_joint"),
    ],
)
def test_the_tool_moves_with_each_joint_as_the_jacobian_says(
    write_arm: WriteArm, tool_frame: str, first: str, last: str
) -> None:
    changed = load_robot(str(write_arm("fetch_arm", yaml={"gripper_link": tool_frame})))
    positions, step = scattered(changed, 100), 1e-6
    kinematics, joints = Kinematics(changed, 100), np.arange(len(changed.joint_names))
    kinematics.tool_positions(positions)
    jacobian = kinematics.tool_jacobian(joints)
    for joint in joints:
        ahead, behind = positions.copy(), positions.copy()
        ahead[:, joint] += step
        behind[:, joint] -= step
        tools = [kinematics.tool_positions(moved) for moved in (ahead, behind)]
        expected = (tools[0] - tools[1]) / (2 * step)
        np.testing.assert_allclose(jacobian[:, :, joint], expected, rtol=0, atol=1e-8)
    # Joints beyond the tool, or beside it, do not move it at all.
    movers = [changed.joint_names[joint] for joint in joints if jacobian[:, :, joint].any()]
    assert (movers[0], movers[-1]) == (first, last)


def test_a_jacobian_is_the_same_to_the_bit_however_many_are_asked_for(robot: Robot) -> None:
    positions = scattered(robot, 16)
    together, single = Kinematics(robot, 16), Kinematics(robot, 1)
    together.tool_positions(positions)
    alone = []
    for row in positions:
        single.tool_positions(row[None])
        alone.append(single.tool_jacobian(robot.arm))
    assert together.tool_jacobian(robot.arm).tobytes() == np.concatenate(alone).tobytes()


@pytest.mark.parametrize("tool_frame", ["gripper_link", "elbow_flex_link"])
def test_rotations_and_their_jacobian_are_mujocos(write_arm: WriteArm, tool_frame: str) -> None:
    changed = load_robot(str(write_arm("fetch_arm", yaml={"gripper_link": tool_frame})))
    model, data = changed.model, mujoco.MjData(changed.model)
    positions, joints = scattered(changed, 100), np.arange(len(changed.joint_names))
    kinematics = Kinematics(changed, 100)
    kinematics.tool_positions(positions)
    rotations, jacobians = kinematics.tool_rotations(), kinematics.tool_rotation_jacobian(joints)
    turning, moving = np.empty((2, 3, model.nv))
    for row, rotation, jacobian in zip(positions, rotations, jacobians, strict=True):
        data.qpos[:] = row
        mujoco.mj_forward(model, data)
        site = tool_frame == "gripper_link"
        tool = data.site(tool_frame) if site else data.body(tool_frame)
        (mujoco.mj_jacSite if site else mujoco.mj_jacBody)(model, data, moving, turning, tool.id)
        np.testing.assert_allclose(rotation, tool.xmat.reshape(3, 3), rtol=0, atol=1e-12)
        np.testing.assert_allclose(jacobian, turning, rtol=0, atol=1e-12)
    np.testing.assert_allclose(kinematics.tool_jacobian(joints)[-1], moving, rtol=0, atol=1e-12)


def test_rotations_are_the_same_to_the_bit_however_many_are_asked_for(robot: Robot) -> None:
    positions = scattered(robot, 16)
    together, single, alone = Kinematics(robot, 16), Kinematics(robot, 1), []
    together.tool_positions(positions)
    for row in positions:
        single.tool_positions(row[None])
        alone.append((single.tool_rotations(), single.tool_rotation_jacobian(robot.arm)))
    rotations, jacobians = (np.concatenate(found) for found in zip(*alone, strict=True))
    assert together.tool_rotations().tobytes() == rotations.tobytes()
    assert together.tool_rotation_jacobian(robot.arm).tobytes() == jacobians.tobytes()


def test_rotations_given_before_do_not_change(robot: Robot) -> None:
    kinematics = Kinematics(robot, 1)
    kinematics.tool_positions(robot.home[None])
    first = kinematics.tool_rotations()
    kept = first.copy()
    kinematics.tool_positions(scattered(robot, 1))
    np.testing.assert_array_equal(first, kept)
