"""VisionPolicy: a privileged teacher that acts on the encoder's estimates of the target."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from arm_trainer.backends.camera_views import Frames, Views
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.tasks.observation_terms import Observation
from arm_trainer.vision.encoder import Encoder

# Observation terms that only the teacher gets.
_PRIVILEGED_TERMS = ("target", "target_from_tool")


class VisionPolicy(nn.Module):
    """Completes the observation by the target's estimated position, and lets the teacher act on it.

    The target does not move within an episode, so the estimates from the stacked frames are
    averaged, weighted by their estimated errors.

    Attributes:
        encoder: Estimates the target's position.
        policy: The teacher's SB3 policy.
    """

    def __init__(
        self, encoder: Encoder, policy: nn.Module, interface: PolicyInterface, views: Views
    ) -> None:
        """Combines an encoder and a teacher.

        Args:
            encoder: The encoder.
            policy: The policy of an SB3 algorithm that was trained on the same task with the target
                in the observation.
            interface: Task, action and observation, without the target.
            views: The cameras, and how many of their frames are stacked.
        """
        super().__init__()
        self.encoder = encoder
        self.policy: Any = policy
        self._views = views
        names = list(interface.observation_names)
        privileged = Observation(interface.robot, interface.terms)
        completed = [*names, *(f"{term}/{axis}" for term in _PRIVILEGED_TERMS for axis in "xyz")]
        self._order = [completed.index(name) for name in privileged.names]
        self._tool = [names.index(f"tool/{axis}") for axis in "xyz"]
        scales = dict(zip(privileged.names, privileged.scale.tolist(), strict=True))
        # A term that the teacher does not observe is made, and left out by the order.
        self._scales = [scales.get(f"{term}/x", 1.0) for term in ("tool", *_PRIVILEGED_TERMS)]

    def forward(self, observation: Tensor, images: Tensor) -> tuple[Tensor, Tensor]:
        """Returns actions (N, A) in [-1, 1] and the targets' estimated positions (N, 3), m.

        Args:
            observation: (N, O) without the target.
            images: (N, S·K·3, H, W) stacked frames as `FrameStack.frames`.
        """
        target = self.estimate_target(images)
        tool_scale, target_scale, difference_scale = self._scales
        difference = target - observation[:, self._tool] / tool_scale
        completed = torch.cat(
            [observation, target_scale * target, difference_scale * difference], dim=1
        )
        action = self.policy._predict(completed[:, self._order], deterministic=True)
        return torch.clamp(action, -1.0, 1.0), target

    def act(self, observations: NDArray[np.float32], frames: Frames) -> NDArray[np.float32]:
        """Returns actions (N, A) for arrays shaped as the inputs of `forward`."""
        with torch.no_grad():
            return self(torch.from_numpy(observations), torch.from_numpy(frames))[0].numpy()

    def estimate_target(self, images: Tensor) -> Tensor:
        """Returns the targets' estimated positions (N, 3), m, for stacked frames."""
        stack = self._views.stack
        channels, height, width = self._views.shape
        single = images.reshape(-1, channels // stack, height, width)
        estimate = self.encoder(single)
        weights = torch.softmax(-estimate.log_scale.reshape(-1, stack), dim=1)
        return (weights[..., None] * estimate.positions.reshape(-1, stack, 3)).sum(1)
