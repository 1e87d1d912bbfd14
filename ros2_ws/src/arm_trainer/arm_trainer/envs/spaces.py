"""Observation and action spaces of one arm, and observations in their form.

With views, an observation is a dictionary: "images", the frames of the last control periods, and
"state", the numbers, without the goal, which is to be found in the images. Goal-conditioned, it is
the dictionary of `goal_form.split_goals`.
"""

from typing import Any, cast

import gymnasium
import numpy as np
from numpy.typing import NDArray

from arm_trainer.backends.camera_views import Views
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.envs.goal_form import split_goals
from arm_trainer.envs.policy_interface import PolicyInterface

Array = NDArray[Any]
Observation = Array | dict[str, Array]


def observation_space(
    interface: PolicyInterface, views: Views | None = None
) -> gymnasium.Space[Any]:
    """Returns the space of one arm's observations: any finite numbers, as joints may turn on.

    With views it is a dictionary: "images" (S·K·3, H, W) of uint8, and those numbers as "state".
    """
    largest = np.finfo(np.float32).max
    columns = len(interface.observation_names)
    state = gymnasium.spaces.Box(-largest, largest, (columns,), np.float32)
    if interface.goal_conditioned:
        parts = split_goals(state.low).items()
        return gymnasium.spaces.Dict(
            {key: gymnasium.spaces.Box(low, -low, dtype=np.float32) for key, low in parts}
        )
    if views is None:
        return state
    images = gymnasium.spaces.Box(0, 255, views.shape, np.uint8)
    return gymnasium.spaces.Dict({"images": images, "state": state})


def action_space(interface: PolicyInterface) -> gymnasium.spaces.Box:
    """Returns the space of one arm's actions: from -1 to 1 for each output of a policy."""
    return gymnasium.spaces.Box(-1.0, 1.0, (len(interface.outputs),), np.float32)


def observe(env: BatchEnv) -> Observation:
    """Returns the newest observations of all arms, in the form of `observation_space`."""
    return in_form(env.interface, env.observations, env.frames)


def in_form(interface: PolicyInterface, observations: Any, frames: Any = None) -> Any:
    """Returns observations (N, O) and frames, if any, in the form of `observation_space`.

    Args:
        interface: What is observed.
        observations: (N, O), an array or a tensor.
        frames: (N, S·K·3, H, W), of the same kind; None without cameras.
    """
    if interface.goal_conditioned:
        return split_goals(observations)
    return observations if frames is None else {"images": frames, "state": observations}


def of_arm(observation: Observation, arm: int) -> Observation:
    """Returns one arm's part of the observations of all arms."""
    if isinstance(observation, dict):
        return {key: values[arm] for key, values in observation.items()}
    return cast(Array, observation[arm])
