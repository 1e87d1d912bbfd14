"""Training samples of the encoder: camera images and target positions while the teacher acts."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from stable_baselines3.common.base_class import BaseAlgorithm

from arm_sim.common.arrays import Floats
from arm_trainer.backends.camera_views import Frames
from arm_trainer.envs.batch_env import BatchEnv

# Most control periods between two resets of all arms: enough to reach the target and to hold the
# tool there, where it hides the target; not more, because every new target adds information.
_MAX_PERIODS = 25
# Standard deviation of the noise on the actions, with which the arms also get to poses that the
# teacher alone would not lead to.
_ACTION_NOISE = 0.3


@dataclass(frozen=True)
class EncoderSamples:
    """M samples of images and target positions.

    Attributes:
        images: (M, K·3, H, W) RGB, one image of each of K cameras.
        targets: (M, 3) positions of the targets in the base frame, m.
        image_points: (M, K, 2) image coordinates of the targets; see `CameraGeometry`.
    """

    images: Frames
    targets: NDArray[np.float32]
    image_points: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.images)


def collect_samples(
    env: BatchEnv,
    teacher: BaseAlgorithm,
    count: int,
    random: np.random.Generator,
    project: Callable[[Floats], Floats],
    on_progress: Callable[[int], None],
) -> EncoderSamples:
    """Records images and target positions while the teacher acts with noise on its actions.

    All arms are reset together, after a random number of control periods.

    Args:
        env: The arms, with views of one frame, and with the target in the observation.
        teacher: The policy that acts.
        count: M.
        random: Generator of start states, targets and noise.
        project: Returns image coordinates (N, K, 2) of points (N, 3).
        on_progress: Called with the number of samples so far.
    """
    env.seed(random)
    arms = np.arange(env.num_arms)
    images: list[Frames] = []
    targets: list[Floats] = []
    periods_left, collected = 0, 0
    while collected < count:
        if periods_left == 0:
            periods_left = int(random.integers(1, _MAX_PERIODS + 1))
            env.reset(arms)
        else:
            actions = teacher.predict(env.observations, deterministic=True)[0]
            noise = random.normal(0.0, _ACTION_NOISE, actions.shape)
            env.step(np.clip(actions + noise, -1.0, 1.0))
        periods_left -= 1
        assert env.frames is not None
        images.append(env.frames)
        targets.append(env.state.goal)
        collected += len(arms)
        on_progress(min(collected, count))
    positions = np.concatenate(targets)[:count]
    return EncoderSamples(
        np.concatenate(images)[:count],
        positions.astype(np.float32),
        project(positions).astype(np.float32),
    )
