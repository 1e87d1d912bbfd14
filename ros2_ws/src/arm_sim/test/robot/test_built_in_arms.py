"""Every built-in arm holds home, goes where it is sent, repeats itself and never diverges."""

from pathlib import Path

import mujoco
import numpy as np
import pytest

from arm_sim.rendering.camera_rig import CameraRig
from arm_sim.rendering.offscreen import drawn_home
from arm_sim.robot.kinematics import Kinematics
from arm_sim.robot.robot import Robot
from arm_sim.scene.loader import load_robot
from arm_sim.simulation.simulation import Simulation

ARMS = 8


@pytest.fixture(scope="module", params=["fetch_arm", "six_axis_arm", "seven_axis_arm"])
def robot(request: pytest.FixtureRequest) -> Robot:
    return load_robot(request.param)


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # MuJoCo writes its warnings to a file in the working directory.
    monkeypatch.chdir(tmp_path)


def wild_commands(robot: Robot, periods: int) -> np.ndarray:
    """(T, N, C) targets all over the joints' range, new ones every half second."""
    joints = robot.command_indices
    lower, upper = np.maximum(robot.lower[joints], -4), np.minimum(robot.upper[joints], 4)
    wild = np.random.default_rng(0).uniform(lower, upper, (periods // 10, ARMS, len(joints)))
    return np.repeat(wild, 10, axis=0)


def test_the_two_examples_differ_from_the_fetch_arm_and_from_each_other() -> None:
    six, seven = load_robot("six_axis_arm"), load_robot("seven_axis_arm")
    assert (len(six.arm), len(six.gripper)) == (6, 0)
    assert (len(seven.arm), len(seven.gripper)) == (7, 2)


def test_home_is_held_and_touches_nothing(robot: Robot) -> None:
    simulation = Simulation(robot, 1)
    for _ in range(40):
        assert simulation.step(simulation.commands) == []
    np.testing.assert_allclose(simulation.positions[0], robot.home, rtol=0, atol=1e-3)
    data = mujoco.MjData(robot.model)
    data.qpos[:] = robot.home
    mujoco.mj_forward(robot.model, data)
    assert data.ncon == 0


def test_each_joint_arrives_where_it_is_sent(robot: Robot) -> None:
    arm = len(robot.arm)
    simulation = Simulation(robot, arm)
    commands = simulation.commands
    commands[range(arm), range(arm)] += 0.1
    for _ in range(20):
        assert simulation.step(commands) == []
    reached = simulation.positions[:, robot.command_indices]
    np.testing.assert_allclose(reached, commands, rtol=0, atol=0.01)


def test_wild_commands_never_diverge_and_repeat_to_the_bit(robot: Robot) -> None:
    ends = []
    for threads in (1, 2):
        simulation = Simulation(robot, ARMS, threads=threads)
        for commands in wild_commands(robot, 400):
            assert simulation.step(commands) == []
        ends.append(simulation.positions.tobytes() + simulation.velocities.tobytes())
    assert ends[0] == ends[1]


def test_the_whole_workspace_can_be_reached(robot: Robot) -> None:
    """Each corner of the box has some arm position that brings the tool within 10 cm."""
    lower, upper = np.maximum(robot.lower, -np.pi), np.minimum(robot.upper, np.pi)
    kinematics, random = Kinematics(robot, 1000), np.random.default_rng(0)
    tools = np.concatenate(
        [
            kinematics.tool_positions(random.uniform(lower, upper, (1000, len(robot.home))))
            for _ in range(50)
        ]
    )
    corners = np.array(np.meshgrid(*robot.workspace.T)).reshape(3, -1).T
    for corner in corners:
        assert np.linalg.norm(tools - corner, axis=1).min() < 0.1, corner


def test_the_goal_at_home_is_seen_from_the_front_and_the_side(robot: Robot) -> None:
    rig = CameraRig(robot, ("front_camera", "side_camera"), 160, 120)
    for name, image in rig.render(drawn_home(robot)[None]).items():
        red, green, blue = np.moveaxis(image.astype(int), -1, 0)
        assert ((red > 120) & (green < 60) & (blue < 60)).sum() > 10, name
    rig.close()
