"""Samples are what the cameras see while the teacher acts, with where the targets are."""

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
from stable_baselines3.common.base_class import BaseAlgorithm

from arm_trainer.backends.camera_views import Views
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.tasks.seeding import training_generator
from arm_trainer.vision.camera_geometry import find_camera_geometry
from arm_trainer.vision.encoder_dataset import EncoderSamples, collect_samples

MakeEnv = Callable[..., BatchEnv]
Collect = Callable[[int], EncoderSamples]

COUNT = 151


@pytest.fixture
def collect(
    make_env: MakeEnv, views: Views, privileged_interface: PolicyInterface, teacher: BaseAlgorithm
) -> Collect:
    """Collects samples with a seed."""
    single = dataclasses.replace(views, stack=1)
    cameras = find_camera_geometry(privileged_interface.robot, single.cameras)

    def collect_with(seed: int) -> EncoderSamples:
        progress: list[int] = []
        samples = collect_samples(
            make_env(privileged_interface, single),
            teacher,
            COUNT,
            training_generator(seed),
            cameras.project,
            progress.append,
        )
        assert progress == [*range(3, COUNT, 3), COUNT]
        assert samples.images.shape == (COUNT, *single.shape)
        projected = cameras.project(samples.targets.astype(np.float64))
        np.testing.assert_allclose(samples.image_points, projected, atol=1e-5)
        return samples

    return collect_with


def test_samples_follow_from_the_seed(collect: Collect) -> None:
    one, same, other = (collect(seed) for seed in (0, 0, 1))
    assert len(one) == COUNT
    for name in ("images", "targets", "image_points"):
        np.testing.assert_array_equal(getattr(one, name), getattr(same, name))
        assert not np.array_equal(getattr(one, name), getattr(other, name))


def test_targets_stay_for_some_periods_and_then_change(collect: Collect) -> None:
    first_arm = collect(0).targets[::3]
    changes = (first_arm[1:] != first_arm[:-1]).any(axis=1)
    assert changes.any() and not changes.all()
