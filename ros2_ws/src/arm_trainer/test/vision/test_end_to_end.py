"""SB3's algorithms take the options for training end to end from images."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from stable_baselines3 import PPO, SAC

from arm_trainer.algorithms.frame_replay_buffer import FrameReplayBuffer
from arm_trainer.backends.camera_views import Views
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.envs.sb3_vec_env import ArmVecEnv
from arm_trainer.vision.end_to_end import MAX_TRANSITIONS, end_to_end_options
from arm_trainer.vision.image_features import ImageFeatures

MakeEnv = Callable[..., BatchEnv]


@pytest.mark.parametrize(("wanted", "given"), [(1000, 1000), (10**6, MAX_TRANSITIONS)])
def test_a_replay_buffer_stores_frames_once_and_is_limited(
    views: Views, wanted: int, given: int
) -> None:
    options = end_to_end_options(views, wanted)
    assert options["buffer_size"] == given
    assert options["replay_buffer_class"] is FrameReplayBuffer
    assert options["replay_buffer_kwargs"] == {"stack": views.stack}


@pytest.mark.parametrize(("algorithm", "sizes"), [(PPO, {}), (SAC, {"buffer_size": 1000})])
def test_actions_depend_on_images_and_state(
    make_env: MakeEnv,
    views: Views,
    vision_interface: PolicyInterface,
    algorithm: Any,
    sizes: dict[str, int],
) -> None:
    env = ArmVecEnv(make_env(vision_interface))
    options = end_to_end_options(views, **sizes)
    model = algorithm("MultiInputPolicy", env, seed=0, device="cpu", **options)
    observation = env.reset()
    assert isinstance(observation, dict)
    darker = observation | {"images": observation["images"] // 4}
    moved = observation | {"state": observation["state"] + np.float32(0.1)}
    actions, *others = (
        model.predict(seen, deterministic=True)[0] for seen in (observation, darker, moved)
    )
    for other in others:
        assert not np.array_equal(actions, other)


def test_features_are_positions_and_confidences_of_maps_and_the_state(
    make_env: MakeEnv, views: Views, vision_interface: PolicyInterface
) -> None:
    env = ArmVecEnv(make_env(vision_interface))
    network = ImageFeatures(env.observation_space)  # type: ignore[arg-type]
    seen = {name: torch.from_numpy(values) for name, values in env.reset().items()}
    features = network(seen)
    images = views.stack * len(views.cameras)
    assert features.shape == (3, images * 4 * 4 + seen["state"].shape[1])
    assert network.features_dim == features.shape[1]
    assert torch.equal(features[:, -seen["state"].shape[1] :], seen["state"])
