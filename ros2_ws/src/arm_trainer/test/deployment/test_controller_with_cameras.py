"""A policy with cameras is deployed as it was trained: same frames and actions, no target."""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from stable_baselines3 import A2C, PPO, SAC

from arm_sim.common.errors import UserError
from arm_sim.robot.robot import Robot
from arm_trainer.backends.backend import BatchState
from arm_trainer.backends.camera_views import Views
from arm_trainer.backends.in_process import InProcessBackend
from arm_trainer.deployment.controller import Controller
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.envs.sb3_vec_env import ArmVecEnv
from arm_trainer.evaluation.rollout import run_episodes
from arm_trainer.policies.bundle import Policy
from arm_trainer.policies.onnx_export import export_bundle
from arm_trainer.tasks.reach import Reach, ReachConfig
from arm_trainer.tasks.seeding import training_generator
from support.states import resting

VIEWS = Views(("top_camera", "front_camera"), size=36, stack=3)


class Student(torch.nn.Module):
    """A random one; what it does depends on every frame and on the joints."""

    def __init__(self, observations: int) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.encoder = torch.nn.Sequential(
            torch.nn.Conv2d(VIEWS.shape[0], 4, 8, stride=4),
            torch.nn.ReLU(),
            torch.nn.Flatten(),
            torch.nn.Linear(4 * 8 * 8, 3),
        )
        self.head = torch.nn.Linear(observations + 3, 3)
        with torch.no_grad():
            self.head.weight.mul_(3)

    def forward(
        self, observation: torch.Tensor, images: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        target = self.encoder(images.float() / 25.5 - 5.0)
        return self.head(torch.cat([observation, target], 1)), target


@pytest.fixture(scope="module")
def seeing_interface(robot: Robot) -> PolicyInterface:
    return PolicyInterface(
        Reach(robot, ReachConfig(gripper_distance=0.0)), target_in_observation=False
    )


@pytest.fixture(scope="module")
def exported(seeing_interface: PolicyInterface, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("bundle") / "policy"
    student = Student(len(seeing_interface.observation_names))
    assert export_bundle(student, seeing_interface, folder, {}, VIEWS) < 1e-4
    assert student.training
    return folder


@pytest.fixture
def policy(exported: Path) -> Policy:
    return Policy(exported)


def images_of(state: BatchState) -> np.ndarray:
    assert state.images is not None
    return state.images[0]


def test_commands_and_estimates_are_those_of_the_episodes(
    seeing_interface: PolicyInterface, policy: Policy, robot: Robot, recording_backend: Any
) -> None:
    backend = recording_backend(robot, 1, 0.05, views=VIEWS)
    episodes = BatchEnv(seeing_interface, backend, views=VIEWS)
    episodes.seed(training_generator(0))
    controller = Controller(policy, robot)
    assert controller.target_estimate is None
    for _ in range(2):
        episodes.reset(np.array([0]))
        controller.start(backend.states[0].positions[0])
        estimates = []
        for _ in range(20):
            actions, targets = policy.act_and_locate(episodes.observations, episodes.frames)
            assert targets is not None
            estimates.append(targets[0])
            episodes.step(actions)
        for state, expected, estimate in zip(
            backend.states, backend.commands, estimates, strict=False
        ):
            elsewhere = np.full(3, 9.0)  # It does not observe this.
            found = controller.command(state, elsewhere, images_of(state))
            assert found.tobytes() == expected.tobytes()
            assert controller.target_estimate is not None
            np.testing.assert_array_equal(controller.target_estimate, estimate)
        assert np.ptp(backend.commands, axis=0)[:7].min() > 0.005
        assert np.ptp(estimates, axis=0).min() > 1e-3
    backend.close()


@pytest.mark.parametrize("how", ["braking", "resting"])
def test_frames_of_before_a_hold_are_forgotten(policy: Policy, robot: Robot, how: str) -> None:
    random = np.random.default_rng(0)
    then, now = random.integers(0, 256, (2, 2, 36, 36, 3), np.uint8)
    home = resting(robot, robot.home)
    held, fresh = Controller(policy, robot), Controller(policy, robot)
    for controller in (held, fresh):
        controller.start(robot.home)
    held.command(home, robot.goal_home, then)
    if how == "braking":
        held.brake(robot.home)
    else:
        held.assume_at_rest()
    held.command(home, robot.goal_home, now)
    fresh.command(home, robot.goal_home, now)
    np.testing.assert_array_equal(held.target_estimate, fresh.target_estimate)


def test_an_evaluation_hands_on_the_frames(
    seeing_interface: PolicyInterface, policy: Policy, robot: Robot
) -> None:
    backend = InProcessBackend(robot, 2, 0.05, views=VIEWS)
    episodes = BatchEnv(seeing_interface, backend, views=VIEWS)
    outcomes = run_episodes(episodes, policy.act, 2)
    assert len(outcomes.success) == 2 and outcomes.smoothness.min() > 0
    backend.close()


@pytest.mark.parametrize("algorithm", [PPO, A2C, SAC], ids=lambda made: made.__name__)
def test_an_sb3_policy_that_sees_acts_as_pytorch_does(
    algorithm: Any, seeing_interface: PolicyInterface, robot: Robot, tmp_path: Path
) -> None:
    backend = InProcessBackend(robot, 1, 0.05, views=VIEWS)
    env = ArmVecEnv(BatchEnv(seeing_interface, backend, views=VIEWS))
    options = {PPO: {"n_steps": 8, "batch_size": 8}, A2C: {}, SAC: {"buffer_size": 10}}[algorithm]
    small = {"net_arch": [8], "features_extractor_kwargs": {"cnn_output_dim": 8}}
    model = algorithm("MultiInputPolicy", env, seed=0, device="cpu", policy_kwargs=small, **options)
    assert export_bundle(model, seeing_interface, tmp_path / "policy", {}, VIEWS) < 1e-4
    backend.close()
    policy = Policy(tmp_path / "policy")
    random = np.random.default_rng(1)
    observations = random.normal(0, 2, (9, len(seeing_interface.observation_names))).astype(
        np.float32
    )
    frames = random.integers(0, 256, (9, *VIEWS.shape), np.uint8)
    wanted, _ = model.predict({"images": frames, "state": observations}, deterministic=True)
    found, targets = policy.act_and_locate(observations, frames)
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-4)
    assert np.ptp(found, axis=0).min() > 1e-4
    assert targets is None


def describe(bundle: Path, **changes: Any) -> None:
    """Changes `policy.json` and makes its hashes right again, as a forger would."""
    file = bundle / "policy.json"
    values = json.loads(file.read_text()) | changes
    values.pop("json_sha256")
    text = json.dumps(values, sort_keys=True)
    values["json_sha256"] = hashlib.sha256(text.encode()).hexdigest()
    file.write_text(json.dumps(values))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"cameras": ["rear_camera"], "frame_stack": 6},
            "it sees through rear_camera, the",
        ),
        (
            {"cameras": ["../x", "/y"]},
            r"through \.\./x, /y, .* are front_camera, side_",
        ),
        ({"cameras": []}, r"3 frames of 36 px from the cameras \[\] contradict each other"),
        (
            {"cameras": ["top_camera", "top_camera"]},
            "each other: .* cameras that differ",
        ),
        ({"frame_stack": 0}, "0 frames of 36 px .* contradict each other"),
        ({"frame_stack": -1}, "'frame_stack' is -1"),
        ({"frame_stack": 10**9}, "'frame_stack' is 1000000000"),
        ({"image_size": 10**9}, "'image_size' is 1000000000"),
        (
            {"image_size": 64},
            r"images \[18, 36, 36\] .* of .*images \[18, 64, 64\]",
        ),
        (
            {"frame_stack": 4},
            r"images \[18, 36, 36\] .* of .*images \[24, 36, 36\]",
        ),
        ({"cameras": [], "frame_stack": 0, "image_size": 0}, r"instead of observation \[6\] and"),
        (
            {"task": {"name": "reach", "config": {"gripper_distance": 0.15}}},
            r"it does not observe the goal, so gripper_distance must be 0, not 0\.15",
        ),
    ],
)
def test_a_bundle_that_sees_otherwise_is_one_sentence(
    exported: Path, tmp_path: Path, robot: Robot, changes: dict[str, Any], sentence: str
) -> None:
    bundle = Path(shutil.copytree(exported, tmp_path / "policy"))
    describe(bundle, **changes)
    with pytest.raises(UserError, match=sentence) as found:
        Policy(bundle).interface_for(robot)
    assert "\n" not in str(found.value)


def test_a_bundle_without_views_is_read_as_before(
    exported: Path, tmp_path: Path, robot: Robot
) -> None:
    assert Policy(exported).views == VIEWS
    interface = PolicyInterface(Reach(robot))
    env = ArmVecEnv(BatchEnv(interface, InProcessBackend(robot, 1, 0.05)))
    model = A2C("MlpPolicy", env, policy_kwargs={"net_arch": [4]}, device="cpu")
    export_bundle(model, interface, tmp_path / "policy", {})
    file = tmp_path / "policy" / "policy.json"
    values = json.loads(file.read_text())
    del values["image_size"]  # Which bundles had not before there were any that see.
    file.write_text(json.dumps(values))
    describe(tmp_path / "policy")
    policy = Policy(tmp_path / "policy")
    assert policy.views is None and policy.interface_for(robot).target_in_observation
