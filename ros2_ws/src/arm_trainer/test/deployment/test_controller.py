"""The controller's commands are equal to those of the training environment, to the bit."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from stable_baselines3 import A2C

from arm_sim.common.arrays import Floats
from arm_sim.common.errors import UserError
from arm_sim.robot.kinematics import Kinematics
from arm_sim.robot.robot import Robot
from arm_trainer.actions.joint_increments import JointIncrements
from arm_trainer.actions.shield import Shield
from arm_trainer.actions.tool_increments import ToolIncrements
from arm_trainer.backends.in_process import InProcessBackend
from arm_trainer.deployment.controller import Controller
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.envs.sb3_vec_env import ArmVecEnv
from arm_trainer.policies.bundle import Policy
from arm_trainer.policies.onnx_export import export_bundle
from arm_trainer.tasks.reach import Reach
from arm_trainer.tasks.seeding import training_generator
from support.states import resting


class Clock:
    """Stands in for the module `time`; a busy machine makes no action late."""

    now = 0.0

    def perf_counter(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("arm_trainer.deployment.controller.time", made)
    return made


@pytest.fixture(
    scope="module", params=[ToolIncrements, JointIncrements], ids=lambda action: action.name
)
def interface(request: pytest.FixtureRequest, robot: Robot) -> PolicyInterface:
    return PolicyInterface(Reach(robot), request.param)


# For tests that say what each joint is to do.
with_joint_increments = pytest.mark.parametrize("interface", [JointIncrements], indirect=True)


@pytest.fixture(scope="module")
def policy(interface: PolicyInterface, tmp_path_factory: pytest.TempPathFactory) -> Policy:
    env = ArmVecEnv(
        BatchEnv(interface, InProcessBackend(interface.robot, 1, interface.control_period))
    )
    model = A2C("MlpPolicy", env, policy_kwargs={"net_arch": [8]}, seed=0, device="cpu")
    model.policy.action_net.weight.data.mul_(100)
    folder: Path = tmp_path_factory.mktemp("bundle") / "policy"
    export_bundle(model, interface, folder, {})
    return Policy(folder)


@pytest.fixture
def controller(policy: Policy, robot: Robot) -> Controller:
    return Controller(policy, robot)


@pytest.fixture
def recorded(interface: PolicyInterface, recording_backend: Any) -> tuple[Any, BatchEnv]:
    """A backend that records, and seeded episodes on it."""
    backend = recording_backend(interface.robot, 1, interface.control_period)
    episodes = BatchEnv(interface, backend)
    episodes.seed(training_generator(0))
    return backend, episodes


def test_commands_are_those_of_the_environment(
    recorded: tuple[Any, BatchEnv], policy: Policy, controller: Controller
) -> None:
    backend, episodes = recorded
    for _ in range(2):
        episodes.reset(np.array([0]))
        controller.start(backend.states[0].positions[0])
        for _ in range(40):
            episodes.step(policy.act(episodes.observations))
        for state, expected in zip(backend.states, backend.commands, strict=False):
            found = controller.command(state, episodes.state.goal[0])
            assert found.tobytes() == expected.tobytes()
        assert np.ptp(backend.commands, axis=0)[:7].min() > 0.005


def test_braking_and_going_on_are_those_of_the_environment(
    robot: Robot, recorded: tuple[Any, BatchEnv], policy: Policy, controller: Controller
) -> None:
    backend, episodes = recorded
    episodes.reset(np.array([0]))
    controller.start(backend.states[0].positions[0])
    arm = slice(len(robot.arm))
    for brakes in 10 * [False] + 5 * [True] + 10 * [False] + [True] + 10 * [False]:
        state = backend.states[-1]
        if brakes:
            episodes.step(np.full((1, len(episodes.interface.action.outputs)), np.nan))
            found = controller.brake(state.positions[0])
        else:
            if controller.at_rest:
                controller.assume_at_rest()  # Changes nothing for an arm at rest.
            episodes.step(policy.act(episodes.observations))
            found = controller.command(state, episodes.state.goal[0])
        assert found[arm].tobytes() == backend.commands[-1][arm].tobytes()
    assert np.ptp(backend.commands, axis=0)[arm].min() > 0.01


def test_speed_scale_is_the_shields(policy: Policy, robot: Robot) -> None:
    slow = Controller(policy, robot, speed_scale=0.1)
    slow.start(robot.home)
    before, period = robot.home[robot.arm], slow.interface.control_period
    for _ in range(10):
        after = slow.command(resting(robot, robot.home), robot.goal_home)[:7]
        largest = 0.1 * robot.velocity_limits[robot.arm] * period
        assert (np.abs(after - before) <= largest + 1e-12).all()
        before = after


def accelerations(robot: Robot, controller: Controller) -> Floats:
    """(A,) the most that a step may differ from the one before, rad."""
    return robot.acceleration_limits[robot.arm] * controller.interface.control_period**2 + 1e-12


def test_it_takes_over_from_where_the_arm_is(robot: Robot, controller: Controller) -> None:
    positions = robot.home.copy()
    positions[robot.arm] += 0.3
    positions[robot.gripper] = 0.02
    controller.start(positions)
    assert controller.at_rest
    # At rest, the gripper as it is.
    np.testing.assert_array_equal(controller.brake(positions), positions[robot.command_indices])
    command = controller.command(resting(robot, positions), robot.goal_home)
    assert (np.abs(command[:7] - positions[robot.arm]) <= accelerations(robot, controller)).all()
    assert not controller.at_rest


class Stub:
    """A policy of one action, that takes a while."""

    def __init__(self, policy: Policy, action: float, clock: Clock) -> None:
        self.interface_for, self.views = policy.interface_for, None
        self.action, self.seconds, self._clock = action, 0.0, clock

    def act_and_locate(self, observations: np.ndarray, frames: None) -> tuple[np.ndarray, None]:
        self._clock.now += self.seconds
        return np.full((1, 7), self.action, np.float32), None


@with_joint_increments
@pytest.mark.parametrize("why", ["late", "not finite", "told to"])
@pytest.mark.parametrize("full_speed_after", [0.02, 0.1, 0.33])
def test_it_brakes_at_once_and_rests_as_soon_as_it_can(
    policy: Policy, robot: Robot, clock: Clock, why: str, full_speed_after: float
) -> None:
    stub = Stub(policy, -0.8, clock)
    controller = Controller(stub, robot)  # type: ignore[arg-type]
    slower = dataclasses.replace(
        robot,
        acceleration_limits=robot.velocity_limits / full_speed_after,
        tool_floor=-np.inf,
    )
    controller.shield = Shield(slower, 1, controller.interface.control_period)
    positions = robot.home.copy()
    positions[robot.arm] = 0.5  # Far from every limit.
    controller.start(positions)
    targets = []
    for _ in range(8):
        targets.append(controller.command(resting(robot, positions), robot.goal_home)[:7])
        positions[robot.arm] = targets[-1]
    assert not controller.at_rest and controller.late_actions == 0
    if why == "late":
        stub.seconds = 0.051
    elif why == "not finite":
        stub.action = np.nan
    # Periods of 0.05 s in which v is braked away at a.
    periods = int(np.ceil(0.8 * full_speed_after / 0.05 - 1e-9))
    for number in range(periods + 1):
        if why == "told to":
            command = controller.brake(positions)
        else:
            command = controller.command(resting(robot, positions), robot.goal_home)
        targets.append(command[:7])
        positions[robot.arm] = targets[-1]
        # What is left at the end may be a rounding error.
        assert number >= periods - 1 or not controller.at_rest
    assert controller.at_rest
    np.testing.assert_array_equal(targets[-1], targets[-2])
    changes = np.diff(targets, n=2, axis=0)
    largest = slower.acceleration_limits[robot.arm] * 0.05**2
    assert (np.abs(changes) <= largest + 1e-12).all()
    assert controller.late_actions == (periods + 1 if why == "late" else 0)
    if why == "late":
        assert controller.inference_time == pytest.approx(0.051)
    # In time again, it is obeyed again.
    stub.seconds, stub.action = 0.0, -0.8
    assert (controller.command(resting(robot, positions), robot.goal_home)[:7] < targets[-1]).all()


@with_joint_increments
def test_after_a_rest_it_speeds_up_from_standing_still(
    policy: Policy, robot: Robot, clock: Clock
) -> None:
    controller = Controller(Stub(policy, 1.0, clock), robot)  # type: ignore[arg-type]
    controller.shield = Shield(dataclasses.replace(robot, tool_floor=-np.inf), 1, 0.05)
    positions = robot.home.copy()
    positions[robot.arm] = 0.0
    controller.start(positions)
    for _ in range(3):
        before = controller.command(resting(robot, positions), robot.goal_home)
    assert not controller.at_rest
    controller.assume_at_rest()
    assert controller.at_rest
    np.testing.assert_array_equal(controller.shield.targets[0], before[:7])
    after = controller.command(resting(robot, positions), robot.goal_home)
    np.testing.assert_allclose(
        (after - before)[:7], accelerations(robot, controller), rtol=0, atol=1e-9
    )


def test_braking_leaves_the_gripper_as_it_is(robot: Robot, controller: Controller) -> None:
    home = resting(robot, robot.home)
    tool = Kinematics(robot, 1).tool_positions(home.positions)[0]
    controller.start(robot.home)
    before = controller.command(home, tool)[7:]
    assert controller.distance < 1e-9 and controller.achieved
    assert (before < 0.05).all()
    np.testing.assert_array_equal(controller.brake(robot.home)[7:], before)
    assert (controller.command(home, tool + 1.0)[7:] > before).all()
    assert not controller.achieved


def test_the_gripper_closes_near_the_target(robot: Robot, controller: Controller) -> None:
    controller.start(robot.home)
    home = resting(robot, robot.home)
    assert (controller.command(home, robot.goal_home)[7:] == 0.05).all()
    near = Kinematics(robot, 1).tool_positions(home.positions)[0] + [0.1, 0.0, 0.0]
    for _ in range(20):
        command = controller.command(home, near)
    np.testing.assert_allclose(command[7:], 0.0, rtol=0, atol=1e-12)


def test_a_policy_for_other_joints_is_refused(policy: Policy, robot: Robot) -> None:
    other = dataclasses.replace(robot, name="other_arm")
    with pytest.raises(UserError, match="does not fit the robot"):
        Controller(policy, other)
