"""Hindsight experience replay (Andrychowicz et al., 2017), by Stable-Baselines3's buffer.

Of the transitions that it samples, four in five are given another goal: a position that was reached
later in the same episode. Episodes end as ever, by success or by time. The end of an episode can
only be given the goal that it reached, so its value is right whatever the goal was.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from stable_baselines3 import HerReplayBuffer
from stable_baselines3.common.type_aliases import DictReplayBufferSamples
from stable_baselines3.common.vec_env import VecNormalize
from torch import Tensor

from arm_trainer.algorithms.configs import OffPolicySettings
from arm_trainer.algorithms.goal_features import GoalFeatures
from arm_trainer.envs.sb3_vec_env import ArmVecEnv

_TRANSITIONS = ("actions", "rewards", "dones", "timeouts", "ep_start", "ep_length")


class _Joinable(dict[str, Tensor]):
    """Observations that `torch.cat` joins key by key, as CrossQ wants it of a tensor."""

    @classmethod
    def __torch_function__(
        cls, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> "_Joinable":
        """Joins the dictionaries; any other function of PyTorch is refused."""
        if function is not torch.cat:
            return NotImplemented
        parts, *rest = args
        return cls(
            {
                key: torch.cat([part[key] for part in parts], *rest, **(kwargs or {}))
                for key in parts[0]
            }
        )


class HindsightReplayBuffer(HerReplayBuffer):
    """Stable-Baselines3's buffer, whose contents can be saved as plain arrays."""

    def sample(  # type: ignore[override]
        self, batch_size: int, env: VecNormalize | None = None
    ) -> DictReplayBufferSamples:
        """Samples transitions; see `HerReplayBuffer.sample`."""
        found = super().sample(batch_size, env)
        return found._replace(
            observations=_Joinable(found.observations),
            next_observations=_Joinable(found.next_observations),
        )

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Returns the contents as arrays by name, for `restore`."""
        size = self.size()
        return {
            **{name: array[:size] for name, array in self._transitions().items()},
            "episode_begin": self._current_ep_start,
            "position": np.array(self.pos),
            "full": np.array(self.full),
        }

    def restore(self, saved: Mapping[str, NDArray[Any]]) -> None:
        """Sets the contents to those that `to_arrays` returned, of a buffer of the same sizes.

        Episodes that were under way end where they were, as the arms begin anew.
        """
        self.pos, self.full = int(saved["position"]), bool(saved["full"])
        for name, array in self._transitions().items():
            array[: self.size()] = saved[name]
        self._current_ep_start[:] = saved["episode_begin"]
        for env in np.flatnonzero(self._current_ep_start != self.pos):
            self.dones[self.pos - 1, env] = self.timeouts[self.pos - 1, env] = 1.0
            self._compute_episode_length(int(env))

    def _transitions(self) -> dict[str, NDArray[Any]]:
        """Arrays with a row for each time, by name."""
        arrays: dict[str, NDArray[Any]] = {name: getattr(self, name) for name in _TRANSITIONS}
        for kind in ("observations", "next_observations"):
            arrays |= {f"{kind}/{key}": array for key, array in getattr(self, kind).items()}
        return arrays


def hindsight_options(learner: OffPolicySettings, env: ArmVecEnv) -> dict[str, Any]:
    """Returns keyword arguments of an SB3 algorithm for a goal-conditioned environment.

    Args:
        learner: The algorithm's settings.
        env: The environment.
    """
    # Nothing can be sampled before an episode has ended.
    first_ends = env.num_envs * env.batch.interface.task.config.max_periods
    return {
        "replay_buffer_class": HindsightReplayBuffer,
        "learning_starts": max(learner.learning_starts, first_ends),
        "policy_kwargs": {"features_extractor_class": GoalFeatures},
    }
