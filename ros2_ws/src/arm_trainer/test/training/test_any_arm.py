"""The task asks nothing of an arm but its files: six joints and no gripper will do."""

from pathlib import Path

import numpy as np
import pytest

from arm_sim.robot.robot import Robot
from arm_sim.robot.rules.timing import CONTROL_PERIOD_NS
from arm_sim.scene.loader import load_robot
from arm_sim.validation.workspace_coverage import TARGET_SPREAD
from arm_trainer.backends.in_process import InProcessBackend
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.evaluation.rollout import run_episodes
from arm_trainer.policies.bundle import Policy
from arm_trainer.tasks.reach import Reach
from arm_trainer.tasks.seeding import evaluation_generator
from arm_trainer.tasks.start import take_starts
from arm_trainer.training.config import load_settings
from arm_trainer.training.run_folder import RunFolder
from arm_trainer.training.trainer import train


@pytest.fixture(scope="module", params=["six_axis_arm", "seven_axis_arm"])
def robot(request: pytest.FixtureRequest) -> Robot:
    return load_robot(request.param)


def test_starts_and_targets_are_within_bounds_and_differ(robot: Robot) -> None:
    drawn = PolicyInterface(Reach(robot)).task.starts(evaluation_generator(0))
    starts = take_starts(drawn, 500)
    assert ((robot.lower <= starts.positions) & (starts.positions <= robot.upper)).all()
    targets = starts.goal
    assert ((robot.workspace[0] < targets) & (targets < robot.workspace[1])).all()
    # They spread over most of the box, not over a corner of it.
    assert (np.ptp(targets, axis=0) > 0.8 * np.ptp(robot.workspace, axis=0)).all()


def test_a_run_leaves_a_policy_that_fits_the_arm_and_can_be_evaluated(
    robot: Robot, tmp_path: Path
) -> None:
    settings = load_settings(
        "PPO", model=robot.name, steps=1024, evaluate_every=1024, evaluation_episodes=4
    )
    run = RunFolder.create(tmp_path, robot.name, "ppo")
    result = train(
        settings,
        run,
        lambda interface: InProcessBackend(robot, settings.num_arms, interface.control_period),
        log=lambda line: None,
    )
    assert result.finished
    policy = Policy(run.bundle)
    interface = policy.interface_for(robot)
    arms = BatchEnv(interface, InProcessBackend(robot, 4, interface.control_period))
    assert policy.act(arms.observations).shape == (4, 3)
    outcomes = [run_episodes(arms, policy.act, 6) for _ in range(2)]
    assert len(outcomes[0].success) == 6
    np.testing.assert_array_equal(outcomes[0].metrics["distance"], outcomes[1].metrics["distance"])


def test_check_robot_looks_where_training_draws_its_targets(robot: Robot) -> None:
    interface = PolicyInterface(Reach(robot))
    assert interface.task.config.target_spread == TARGET_SPREAD
    assert interface.control_period == CONTROL_PERIOD_NS / 1e9
