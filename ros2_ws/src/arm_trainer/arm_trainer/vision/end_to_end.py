"""Options of the SB3 algorithms for training end to end from images and joint states."""

from typing import Any

from arm_trainer.algorithms.frame_replay_buffer import FrameReplayBuffer
from arm_trainer.backends.camera_views import Views
from arm_trainer.vision.image_features import ImageFeatures

# Limits the replay buffer's images to 1.7 GiB with three cameras of 64 × 64.
MAX_TRANSITIONS = 50_000


def end_to_end_options(views: Views, buffer_size: int | None = None) -> dict[str, Any]:
    """Returns keyword arguments of an SB3 algorithm whose environment has camera views.

    The algorithm's policy is "MultiInputPolicy".

    Args:
        views: The cameras of the environment.
        buffer_size: Transitions that the replay buffer is set to hold; None for an algorithm
            without one.
    """
    options: dict[str, Any] = {
        "policy_kwargs": {"features_extractor_class": ImageFeatures, "normalize_images": False}
    }
    if buffer_size is not None:
        options |= {
            "buffer_size": min(buffer_size, MAX_TRANSITIONS),
            "replay_buffer_class": FrameReplayBuffer,
            "replay_buffer_kwargs": {"stack": views.stack},
        }
    return options
