"""Evaluations have as many arms as their episodes need, and not too many."""

import pytest

from arm_sim.robot.robot import Robot
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.training.config import load_settings
from arm_trainer.training.evaluation_env import make_evaluation_env


@pytest.mark.parametrize(("episodes", "arms"), [(1, 1), (10, 1), (11, 2), (100, 10), (9999, 100)])
def test_each_arm_goes_to_ten_targets(
    robot: Robot, interface: PolicyInterface, tmp_path: object, episodes: int, arms: int
) -> None:
    settings = load_settings("ppo", evaluation_episodes=episodes)
    assert make_evaluation_env(settings, interface, None).num_arms == arms
