"""N arms as one Gymnasium vector environment."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from arm_trainer.envs.make import EnvOptions, make_batch_env
from arm_trainer.envs.spaces import (
    Array,
    Observation,
    action_space,
    observation_space,
    observe,
    of_arm,
)
from arm_trainer.tasks.seeding import training_generator


class ArmVectorEnv(VectorEnv[Observation, Array, Array]):
    """N arms in one backend; a finished arm begins its next episode within the same step."""

    metadata = {"render_modes": [], "autoreset_mode": AutoresetMode.SAME_STEP}  # noqa: RUF012

    def __init__(self, num_envs: int = 16, **options: Any) -> None:
        """Connects to the arms; the options are those of `EnvOptions`."""
        self.batch = make_batch_env(num_envs, EnvOptions(**options))
        self.num_envs = num_envs
        self.single_observation_space = observation_space(self.batch.interface, self.batch.views)
        self.single_action_space = action_space(self.batch.interface)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self._seeded = False

    def reset(
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Begins an episode for every arm.

        One generator draws for all arms, so `seed` is one number, not one for each arm.

        Raises:
            ValueError: If `seed` is a list.
        """
        if isinstance(seed, Sequence):
            raise ValueError("One seed serves all arms: give one number.")
        super().reset(seed=seed)
        if seed is not None or not self._seeded:
            # Not Gymnasium's generator itself: its numbers could be those of an evaluation.
            assert self.np_random_seed is not None
            self.batch.seed(training_generator(self.np_random_seed))
            self._seeded = True
        self.batch.reset(np.arange(self.num_envs))
        return observe(self.batch), dict(self.batch.interface.task.metrics(self.batch.state))

    def step(self, actions: Array) -> tuple[Observation, Array, Array, Array, dict[str, Any]]:
        """Acts for one control period; see `gymnasium.vector.VectorEnv.step`."""
        result = self.batch.step(np.asarray(actions))
        info: dict[str, Any] = {**result.metrics, "is_success": result.success}
        done = result.done
        if done.any():
            arms, observed = np.flatnonzero(done), observe(self.batch)
            final = np.full(self.num_envs, None, dtype=object)
            for arm in arms:
                final[arm] = of_arm(observed, arm)
            info.update(final_obs=final, _final_obs=done)
            self.batch.autoreset(arms)
        return observe(self.batch), result.rewards, result.terminated, result.truncated, info

    def close_extras(self, **_: Any) -> None:
        """Closes the backend."""
        self.batch.backend.close()
