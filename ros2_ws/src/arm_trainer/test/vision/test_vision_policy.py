"""A vision policy acts as its teacher does on the position that the encoder estimates."""

from collections.abc import Callable

import numpy as np
import torch
from stable_baselines3.common.base_class import BaseAlgorithm
from torch import Tensor, nn

from arm_trainer.backends.camera_views import Views
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.tasks.seeding import training_generator
from arm_trainer.vision.encoder import TargetEstimate
from arm_trainer.vision.vision_policy import VisionPolicy

MakeEnv = Callable[..., BatchEnv]


class Estimates(nn.Module):
    """An encoder that gives given estimates, whatever the images show."""

    positions: Tensor
    log_scale: Tensor

    def forward(self, images: Tensor) -> TargetEstimate:
        assert images.shape == (len(self.positions), 2 * 3, 24, 24)
        return TargetEstimate(self.positions, self.log_scale, torch.empty(0))


def test_with_exact_estimates_it_acts_as_the_privileged_teacher(
    make_env: MakeEnv,
    views: Views,
    privileged_interface: PolicyInterface,
    vision_interface: PolicyInterface,
    teacher: BaseAlgorithm,
) -> None:
    encoder = Estimates()
    policy = VisionPolicy(encoder, teacher.policy, vision_interface, views)  # type: ignore[arg-type]
    privileged, seen = make_env(privileged_interface), make_env(vision_interface)
    for env in (privileged, seen):
        env.seed(training_generator(0))
        env.reset(np.arange(3))
    for _ in range(4):
        targets = torch.tensor(seen.state.goal, dtype=torch.float32)
        encoder.positions = targets.repeat_interleave(views.stack, 0)
        encoder.log_scale = torch.zeros(3 * views.stack)
        assert seen.frames is not None
        actions = policy.act(seen.observations, seen.frames)
        expected = teacher.predict(privileged.observations, deterministic=True)[0]
        np.testing.assert_allclose(actions, expected, atol=1e-4)
        assert np.abs(actions).max() > 0.05
        for env in (privileged, seen):
            env.step(expected)


def test_estimates_of_stacked_frames_are_weighted_by_their_scales(
    views: Views, vision_interface: PolicyInterface, teacher: BaseAlgorithm
) -> None:
    encoder = Estimates()
    policy = VisionPolicy(encoder, teacher.policy, vision_interface, views)  # type: ignore[arg-type]
    encoder.positions = torch.tensor([[0.0, 0.0, 0.0], [1.0, 2.0, 4.0]])
    images = torch.zeros(1, *views.shape)
    encoder.log_scale = torch.log(torch.tensor([3.0, 1.0]))
    expected = torch.tensor([[0.75, 1.5, 3.0]])
    torch.testing.assert_close(policy.estimate_target(images), expected)
