"""The networks of a goal-conditioned policy see the way to the goal."""

import numpy as np
import torch
from gymnasium import spaces

from arm_trainer.algorithms.goal_features import GoalFeatures
from arm_trainer.envs.goal_form import split_goals


def test_features_are_observation_achieved_goal_and_ten_times_the_way() -> None:
    seen = split_goals(torch.tensor([[7.0, 8.0, 1.0, 2.0, 3.0, 1.5, 1.0, 3.0]]))
    boxes = {key: spaces.Box(-9, 9, part.shape[1:], np.float32) for key, part in seen.items()}
    network = GoalFeatures(spaces.Dict(boxes))
    expected = [[7.0, 8.0, 1.0, 2.0, 3.0, 5.0, -10.0, 0.0]]
    torch.testing.assert_close(network(seen), torch.tensor(expected))
    assert network.features_dim == 8
    assert not list(network.parameters())
