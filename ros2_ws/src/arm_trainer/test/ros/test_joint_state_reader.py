"""A controller takes a joint state only if its joints are complete, moving and within limits."""

import numpy as np
import pytest
from sensor_msgs.msg import JointState

from arm_sim.robot.robot import Robot
from arm_sim.ros.joint_messages import RejectedMessage
from arm_trainer.ros.joint_state_reader import JointStateReader


@pytest.fixture
def state(robot: Robot) -> JointState:
    """The arm at home, as a driver sends it that knows a wheel but no target."""
    names = ["wheel", *robot.command_joints]
    positions = [7.0, *robot.home[robot.command_indices]]
    velocities = [0.0, *(0.01 * np.arange(len(robot.command_joints)))]
    return JointState(name=names, position=positions, velocity=velocities)


def test_commanded_joints_are_read_and_others_ignored(robot: Robot, state: JointState) -> None:
    reader = JointStateReader(robot)
    positions, velocities = reader.read(state)
    np.testing.assert_array_equal(positions, robot.home[reader.joints])
    np.testing.assert_array_equal(velocities, 0.01 * np.arange(len(reader.joints)))


def test_velocities_are_needed(robot: Robot, state: JointState) -> None:
    state.velocity = []
    with pytest.raises(RejectedMessage, match="it has no velocities"):
        JointStateReader(robot).read(state)


@pytest.mark.parametrize(("beyond", "accepted"), [(0.04, True), (0.06, False)])
def test_a_joint_may_be_a_little_beyond_its_limit(
    robot: Robot, state: JointState, beyond: float, accepted: bool
) -> None:
    joint = int(np.flatnonzero(np.isfinite(robot.upper[robot.arm]))[0])
    state.position[1 + joint] = robot.upper[robot.arm][joint] + beyond
    reader = JointStateReader(robot)
    if accepted:
        reader.read(state)
        return
    with pytest.raises(RejectedMessage, match=f"limits is {robot.command_joints[joint]} at "):
        reader.read(state)
