"""N arms as Stable-Baselines3's VecEnv."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from stable_baselines3.common.vec_env import VecEnv

from arm_trainer.backends.camera_views import Views
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.envs.spaces import (
    Array,
    Observation,
    action_space,
    observation_space,
    observe,
    of_arm,
)
from arm_trainer.tasks.seeding import training_generator


class ArmVecEnv(VecEnv):
    """N arms as Stable-Baselines3 expects them; episodes' returns and lengths are in the infos.

    Attributes:
        batch: The arms.
        random: The generator of start states and goals.
    """

    def __init__(self, batch: BatchEnv) -> None:
        """Wraps a batch of arms; `seed` makes them repeatable."""
        self.batch = batch
        self.random = np.random.default_rng()
        self._actions: Array = np.zeros(0)
        self._returns = np.zeros(batch.num_arms)
        self.render_mode = None  # SB3 asks for it.
        super().__init__(
            batch.num_arms,
            observation_space(batch.interface, batch.views),
            action_space(batch.interface),
        )

    @property
    def views(self) -> Views | None:
        """The cameras whose frames are observed, or None."""
        return self.batch.views

    def seed(self, seed: int | None = None) -> Sequence[int | None]:
        """Seeds the start states of all arms, from the next reset on; None draws a seed."""
        seed = int(np.random.default_rng().integers(2**31)) if seed is None else seed
        self.random = training_generator(seed)
        self.batch.seed(self.random)
        return [seed] * self.num_envs

    def reset(self) -> Observation:
        """Begins an episode for every arm."""
        self._returns[:] = 0.0
        self.batch.reset(np.arange(self.num_envs))
        return observe(self.batch)

    def step_async(self, actions: Array) -> None:
        """Keeps the actions for `step_wait`."""
        self._actions = actions

    def step_wait(self) -> tuple[Observation, Array, Array, list[dict[str, Any]]]:
        """Acts for one control period; a finished arm begins its next episode at once."""
        batch = self.batch
        result = batch.step(self._actions)
        self._returns += result.rewards
        done = result.done
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        if done.any():
            arms, observed = np.flatnonzero(done), observe(batch)
            for arm in arms:
                infos[arm] = {
                    "terminal_observation": of_arm(observed, arm),
                    "TimeLimit.truncated": bool(result.truncated[arm]),
                    "is_success": bool(result.success[arm]),
                    **{name: float(values[arm]) for name, values in result.metrics.items()},
                    "episode": {"r": float(self._returns[arm]), "l": int(batch.periods[arm])},
                }
            self._returns[arms] = 0.0
            batch.autoreset(arms)
        return observe(batch), result.rewards.astype(np.float32), done, infos

    def close(self) -> None:
        """Closes the backend."""
        self.batch.backend.close()

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """Returns an attribute of this environment, once for each arm asked for."""
        return [getattr(self, attr_name)] * len(list(self._get_indices(indices)))

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """The arms have no attributes of their own to set.

        Raises:
            AttributeError: Always.
        """
        raise AttributeError(
            f"The arms share one environment; '{attr_name}' can't be set for some of them."
        )

    def env_method(
        self, method_name: str, *args: Any, indices: Any = None, **kwargs: Any
    ) -> list[Any]:
        """Calls `compute_reward`, if observations are goal-conditioned.

        Raises:
            AttributeError: For any other method: the arms have none of their own.
        """
        if method_name == "compute_reward" and self.batch.interface.goal_conditioned:
            rewards = self.compute_reward(*args, **kwargs)
            return [rewards] * len(list(self._get_indices(indices)))
        raise AttributeError(
            f"The arms share one environment; '{method_name}' can't be called for some of them."
        )

    def compute_reward(self, achieved_goal: Array, desired_goal: Array, info: Any) -> Array:
        """Returns (N,) rewards for other goals; see `GoalArmEnv.compute_reward`."""
        return self.batch.interface.task.goal_reward(achieved_goal, desired_goal)

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        """Returns False for every arm: none is wrapped."""
        return [False] * len(list(self._get_indices(indices)))
