"""ImageFeatures: SB3 features extractor of policies that are trained end to end from images."""

import gymnasium
import torch
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from torch import Tensor

from arm_trainer.vision.heat_maps import HeatMaps

# The encoder needs one map, of the target; here reinforcement learning decides what each map shows.
_MAPS = 4


class ImageFeatures(BaseFeaturesExtractor):
    """Extracts features from stacked images and state: positions and confidences of heat maps.

    The network is the encoder's CNN, without the cameras' geometry. For SB3's `MultiInputPolicy`
    with `normalize_images=False`.

    Attributes:
        maps: The CNN that computes the heat maps.
    """

    def __init__(self, observation_space: gymnasium.spaces.Dict) -> None:
        """Makes an untrained network for {"images": (S·K·3, H, W), "state": (O,)}."""
        images, state = observation_space["images"], observation_space["state"]
        assert images.shape is not None and state.shape is not None
        features = images.shape[0] // 3 * _MAPS * 4
        super().__init__(observation_space, features + state.shape[0])
        self.maps = HeatMaps(images.shape[1], _MAPS)

    def forward(self, observations: dict[str, Tensor]) -> Tensor:
        """Returns features (N, S·K·16 + O), the state unchanged at their end."""
        points, confidences = self.maps.soft_argmax(self.maps(observations["images"]))
        return torch.cat([points.flatten(1), confidences.flatten(1), observations["state"]], dim=1)
