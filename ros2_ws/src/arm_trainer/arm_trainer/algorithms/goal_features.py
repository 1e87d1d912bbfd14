"""What the networks of a goal-conditioned policy see of an observation."""

import torch
from gymnasium import spaces
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from torch import Tensor

# As of the observation term `target_from_tool`: the last centimetres decide.
_SCALE = 10.0


class GoalFeatures(BaseFeaturesExtractor):
    """The observation, the achieved goal and, scaled, the way from there to the desired goal.

    Nothing in it is learnt. The way is what all depends on, and is not left to the networks to
    subtract, as hindsight asks for other goals than those that were given.
    """

    def __init__(self, observation_space: spaces.Dict) -> None:
        """Prepares for the form of `goal_form.split_goals`."""
        super().__init__(observation_space, spaces.flatdim(observation_space))

    def forward(self, seen: dict[str, Tensor]) -> Tensor:
        """Returns features (N, O)."""
        achieved = seen["achieved_goal"]
        way = _SCALE * (seen["desired_goal"] - achieved)
        return torch.cat([seen["observation"], achieved, way], dim=1)
