"""One set of parameters loads one deployment, or is refused in one sentence."""

from pathlib import Path

import numpy as np
import pytest
from stable_baselines3 import A2C

from arm_sim.common.errors import UserError
from arm_trainer.backends.in_process import InProcessBackend
from arm_trainer.deployment.deployment import ControllerParameters, load_deployment
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.envs.sb3_vec_env import ArmVecEnv
from arm_trainer.policies.onnx_export import export_bundle


@pytest.fixture(scope="module")
def bundle(interface: PolicyInterface, tmp_path_factory: pytest.TempPathFactory) -> str:
    backend = InProcessBackend(interface.robot, 1, interface.control_period)
    env = ArmVecEnv(BatchEnv(interface, backend))
    folder: Path = tmp_path_factory.mktemp("bundle") / "policy"
    options = {"policy_kwargs": {"net_arch": [4]}, "device": "cpu"}
    export_bundle(A2C("MlpPolicy", env, **options), interface, folder, {})
    return str(folder)


def test_the_defaults_command_the_arm_and_its_gripper(
    bundle: str, interface: PolicyInterface
) -> None:
    deployment = load_deployment(ControllerParameters(policy=bundle))
    assert deployment.command_interface == "joint_command"
    assert deployment.command_gripper and not deployment.shadow and deployment.targets == []
    assert deployment.controller.shield.braking_periods > 1
    # States and images are stale after two control periods.
    assert deployment.max_age == 2 * interface.control_period


def test_parameters_are_passed_on(bundle: str, tmp_path: Path) -> None:
    file = tmp_path / "targets.yaml"
    file.write_text("targets: [[0.7, 0, 0.9]]\n")
    deployment = load_deployment(
        ControllerParameters(
            policy=bundle,
            command_interface="joint_trajectory",
            command_gripper=False,
            shadow=True,
            max_observation_age=0.7,
            speed_scale=0.01,
            targets_file=str(file),
        )
    )
    assert deployment.command_interface == "joint_trajectory"
    assert deployment.max_age == 0.7
    assert deployment.shadow and not deployment.command_gripper
    assert deployment.controller.shield.braking_periods == 1  # From full speed it takes more.
    np.testing.assert_array_equal(deployment.targets, [[0.7, 0.0, 0.9]])


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"policy": ""}, "Parameter 'policy' is missing: give a policy bundle or a run folder"),
        ({"policy": "/nowhere"}, "There is no /nowhere"),
        ({"targets_file": "/nowhere.yaml"}, "Can't read /nowhere.yaml"),
    ],
)
def test_what_is_missing_is_named(bundle: str, given: dict[str, str], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        load_deployment(ControllerParameters(**({"policy": bundle} | given)))
