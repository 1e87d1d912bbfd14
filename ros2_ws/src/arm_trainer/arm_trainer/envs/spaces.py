"""Observation and action spaces of one arm, and observations in their form.

With views, an observation is a dictionary: "images", the frames of the last control periods, and
"state", the numbers, without the goal, which is to be found in the images.
"""

from typing import Any, cast

import gymnasium
import numpy as np
from numpy.typing import NDArray

from arm_trainer.backends.camera_views import Views
from arm_trainer.envs.batch_env import BatchEnv
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
    if views is None:
        return state
    images = gymnasium.spaces.Box(0, 255, views.shape, np.uint8)
    return gymnasium.spaces.Dict({"images": images, "state": state})


def action_space(interface: PolicyInterface) -> gymnasium.spaces.Box:
    """Returns the space of one arm's actions: from -1 to 1 for each output of a policy."""
    return gymnasium.spaces.Box(-1.0, 1.0, (len(interface.action.outputs),), np.float32)


def observe(env: BatchEnv) -> Observation:
    """Returns the newest observations of all arms, in the form of `observation_space`."""
    if env.frames is None:
        return env.observations
    return {"images": env.frames, "state": env.observations}


def of_arm(observation: Observation, arm: int) -> Observation:
    """Returns one arm's part of the observations of all arms."""
    if isinstance(observation, dict):
        return {key: values[arm] for key, values in observation.items()}
    return cast(Array, observation[arm])
