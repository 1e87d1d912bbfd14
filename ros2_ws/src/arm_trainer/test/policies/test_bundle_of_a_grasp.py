"""A bundle of a policy that moves a gripper says so, and brings the task's objects along."""

from pathlib import Path

import numpy as np
import pytest
from stable_baselines3 import PPO

from arm_sim.common.errors import UserError
from arm_sim.robot.robot import Robot
from arm_sim.scene.loader import RobotSource
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.envs.sb3_vec_env import ArmVecEnv
from arm_trainer.policies.bundle import Policy
from arm_trainer.policies.onnx_export import export_bundle
from support.tabletop import episodes, tabletop


@pytest.fixture(scope="module")
def env() -> BatchEnv:
    return episodes(tabletop("stack", object={"size": [0.04, 0.04, 0.04]}), 1)


@pytest.fixture(scope="module")
def policy(env: BatchEnv, tmp_path_factory: pytest.TempPathFactory) -> Policy:
    folder = Path(tmp_path_factory.mktemp("bundle") / "policy")
    options = {"policy_kwargs": {"net_arch": [4]}, "seed": 0, "device": "cpu"}
    made = PPO("MlpPolicy", ArmVecEnv(env), n_steps=8, batch_size=8, **options)
    export_bundle(made, env.interface, folder, {})
    return Policy(folder)


def test_outputs_and_observations_are_all_named(policy: Policy, env: BatchEnv) -> None:
    given = policy.description
    assert given.action.name == "hand_increments"
    assert given.action.outputs == ["tool/x", "tool/y", "tool/z", "gripper"]
    np.testing.assert_array_equal(given.action.scale[:3], env.interface.action.scale)
    assert given.action.scale[3] == 0.5
    assert {"object_from_tool/cube", "object_heading/lower_cube", "gripper_squeeze"} <= {
        *given.observation.terms
    }
    assert tuple(given.observation.columns) == env.interface.observation_names
    assert policy.act(env.observations).shape == (1, 4)


def test_a_robot_is_loaded_with_the_objects_of_the_policys_task(
    policy: Policy, env: BatchEnv
) -> None:
    robot = policy.source(RobotSource()).load()
    assert robot.objects == ("cube", "lower_cube")
    assert robot.kinematics_hash == env.interface.robot.kinematics_hash
    fitted = policy.interface_for(robot)
    assert fitted.task.config == env.interface.task.config
    assert fitted.task.width == 0.04
    assert fitted.outputs == env.interface.outputs


def test_a_robot_without_the_objects_is_refused_in_one_sentence(
    policy: Policy, robot: Robot
) -> None:
    with pytest.raises(UserError, match="'stack' needs the objects cube, lower_cube; the scene of"):
        policy.interface_for(robot)
