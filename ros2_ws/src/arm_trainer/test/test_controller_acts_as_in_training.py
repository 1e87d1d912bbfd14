"""What was trained is deployed: the controller's commands are the environment's, to the bit."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from stable_baselines3 import A2C

from arm_sim.errors import UserError
from arm_sim.robot import Floats, Kinematics, Robot
from arm_trainer.backend import BatchState, InProcessBackend
from arm_trainer.bundle import Policy, export_bundle
from arm_trainer.controller import Controller
from arm_trainer.env import ReachVecEnv
from arm_trainer.episodes import Episodes
from arm_trainer.task import Reach, training_generator


class Noting(InProcessBackend):
    """Notes what it is told and what it shows."""

    commands: list[Floats]
    states: list[BatchState]

    def reset(self, arms: np.ndarray, positions: Floats) -> BatchState:
        self.commands, self.states = [], [super().reset(arms, positions)]
        return self.states[0]

    def step(self, commands: Floats) -> BatchState:
        self.commands.append(commands[0])
        self.states.append(super().step(commands))
        return self.states[-1]


@pytest.fixture(scope="module")
def policy(task: Reach, tmp_path_factory: pytest.TempPathFactory) -> Policy:
    env = ReachVecEnv(Episodes(task, InProcessBackend(task.robot, 1, task.control_period)))
    model = A2C("MlpPolicy", env, policy_kwargs={"net_arch": [8]}, seed=0, device="cpu")
    model.policy.action_net.weight.data.mul_(100)
    folder: Path = tmp_path_factory.mktemp("bundle") / "policy"
    export_bundle(model, task, folder, {})
    return Policy(folder)


@pytest.fixture
def controller(policy: Policy, robot: Robot) -> Controller:
    return Controller(policy, robot)


def test_commands_are_those_of_the_environment(
    task: Reach, policy: Policy, controller: Controller
) -> None:
    backend = Noting(task.robot, 1, task.control_period)
    episodes = Episodes(task, backend)
    episodes.seed(training_generator(0))
    for _ in range(2):
        episodes.reset(np.array([0]))
        controller.start(backend.states[0].positions[0])
        for _ in range(40):
            episodes.step(policy.act(episodes.observations))
        for state, expected in zip(backend.states, backend.commands, strict=False):
            found = controller.command(state.positions[0], state.velocities[0])
            assert found.tobytes() == expected.tobytes()
        assert np.ptp(backend.commands, axis=0)[:7].min() > 0.01


def test_it_takes_over_from_where_the_arm_is(robot: Robot, controller: Controller) -> None:
    positions = robot.home.copy()
    positions[robot.arm] += 0.3
    controller.start(positions)
    largest = robot.velocity_limits[robot.arm] * controller.task.control_period
    command = controller.command(positions, np.zeros_like(positions))
    assert (np.abs(command[:7] - positions[robot.arm]) <= largest + 1e-12).all()


def test_holding_keeps_every_joint_and_goes_on_from_there(
    robot: Robot, controller: Controller
) -> None:
    controller.start(robot.home)
    moved = robot.home + 0.3  # More than a step.
    np.testing.assert_array_equal(controller.hold(moved), moved[robot.command_indices])
    largest = robot.velocity_limits[robot.arm] * controller.task.control_period
    command = controller.command(moved, np.zeros_like(moved))
    assert (np.abs(command[:7] - moved[robot.arm]) <= largest + 1e-12).all()


def test_the_gripper_closes_near_the_target(robot: Robot, controller: Controller) -> None:
    positions = robot.home.copy()
    controller.start(positions)
    still = np.zeros_like(positions)
    assert (controller.command(positions, still)[7:] == 0.05).all()
    positions[robot.target] = Kinematics(robot, 1).tool_positions(positions[None])[0]
    positions[robot.target[0]] += 0.1
    assert (controller.command(positions, still)[7:] == 0.0).all()


def test_a_policy_for_other_joints_is_refused(policy: Policy, robot: Robot) -> None:
    other = dataclasses.replace(robot, name="other_arm")
    with pytest.raises(UserError, match="does not fit the robot"):
        Controller(policy, other)
