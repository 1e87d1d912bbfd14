"""A policy's outputs are the action's and, where the task wants it, the gripper's."""

import numpy as np
import pytest

from arm_sim.common.errors import UserError
from arm_sim.robot.robot import Robot
from arm_trainer.actions.hand_increments import HandIncrements, HandYawIncrements
from arm_trainer.actions.joint_increments import JointIncrements
from arm_trainer.actions.shield import Shield
from arm_trainer.actions.tool_increments import TOOL_OUTPUTS
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.tasks.reach import Reach
from arm_trainer.tasks.tabletop import Tabletop
from support.tabletop import episodes, tabletop


@pytest.fixture(scope="module")
def lift() -> Tabletop:
    return tabletop("lift")


@pytest.fixture(scope="module")
def env(lift: Tabletop) -> BatchEnv:
    made = episodes(lift, 3)
    made.reset(np.arange(3))
    return made


def command(env: BatchEnv, gripper: list[float], periods: int = 1) -> np.ndarray:
    """(N,) openings that are commanded after some periods, from half open."""
    interface = env.interface
    shield = Shield(interface.robot, 3, interface.control_period)
    shield.start(np.arange(3), env.state.positions)
    shield.gripper.openings[:] = 0.5
    outputs = np.zeros((3, 4))
    outputs[:, 3] = gripper
    for _ in range(periods):
        commanded = interface.command(env.state, outputs, shield)
    robot = interface.robot
    np.testing.assert_array_equal(
        commanded[:, len(robot.arm) :], robot.gripper_command(shield.gripper.openings)
    )
    return shield.gripper.openings


def test_the_grippers_output_is_the_last_one_from_closed_to_open(env: BatchEnv) -> None:
    interface = env.interface
    assert interface.outputs == (*TOOL_OUTPUTS, "gripper")
    np.testing.assert_array_equal(interface.output_scale[:3], interface.action.scale)
    assert interface.output_scale[3] == 0.5
    np.testing.assert_allclose(command(env, [-1.0, 0.2, 1.0], periods=30), [0.0, 0.6, 1.0])


def test_a_gripper_output_that_is_not_finite_keeps_the_gripper_and_moves_the_arm(
    env: BatchEnv,
) -> None:
    openings = command(env, [np.nan, np.inf, 1.0])
    np.testing.assert_array_equal(openings[:2], 0.5)
    assert openings[2] > 0.5


def test_where_the_task_moves_the_gripper_a_policy_has_no_output_for_it(robot: Robot) -> None:
    assert PolicyInterface(Reach(robot)).outputs == TOOL_OUTPUTS
    push = PolicyInterface(tabletop("push"), HandYawIncrements)
    assert push.outputs == (*TOOL_OUTPUTS, "tool/yaw")
    assert len(push.output_scale) == 4


def test_a_push_is_done_with_the_hand_closed() -> None:
    env = episodes(tabletop("push"), 2)
    env.reset(np.arange(2))
    for _ in range(30):
        env.step(np.zeros((2, 3)))
    np.testing.assert_array_equal(env.state.gripper_target, 0.0)


def test_a_demonstration_is_outputs_in_range_that_keep_its_direction(env: BatchEnv) -> None:
    outputs = env.interface.demonstration(env.state)
    ways, openings = env.interface.task.demonstrate(env.state)
    assert outputs.shape == (3, 4) and (np.abs(outputs) <= 1.0).all()
    np.testing.assert_allclose(outputs[:, 3], 2.0 * openings - 1.0)
    for output, way in zip(outputs[:, :3], ways, strict=True):
        assert output @ way == pytest.approx(np.linalg.norm(output) * np.linalg.norm(way))
    far = np.abs(ways).max(axis=1) > env.interface.action.scale[0]
    assert far.any()
    np.testing.assert_allclose(np.abs(outputs[far, :3]).max(axis=1), 1.0)


def test_outputs_that_turn_the_hand_are_left_at_rest_by_a_demonstration(lift: Tabletop) -> None:
    env = episodes(lift, 1)
    env.reset(np.arange(1))
    shown = PolicyInterface(lift, HandYawIncrements).demonstration(env.state)
    assert shown.shape == (1, 5) and shown[0, 3] == 0.0


def test_what_has_no_demonstration_is_refused_in_one_sentence(
    robot: Robot, env: BatchEnv, lift: Tabletop
) -> None:
    reach = PolicyInterface(Reach(robot), HandIncrements)
    with pytest.raises(UserError, match=r"The task 'reach' has no demonstrations .*: set demon"):
        reach.demonstration(env.state)
    with pytest.raises(UserError, match=r"'lift' has no demonstrations for the action 'joint_inc"):
        PolicyInterface(lift, JointIncrements).demonstration(env.state)
