"""One arm as a Gymnasium environment."""

from typing import Any

import gymnasium
import numpy as np

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


class ArmEnv(gymnasium.Env[Observation, Array]):
    """One arm; `gymnasium.make("arm_trainer/Reach-v0", backend="ros")`."""

    metadata = {"render_modes": []}  # noqa: RUF012

    def __init__(self, **options: Any) -> None:
        """Connects to the arm; the options are those of `EnvOptions`."""
        self.batch = make_batch_env(1, EnvOptions(**options))
        self.observation_space = observation_space(self.batch.interface, self.batch.views)
        self.action_space = action_space(self.batch.interface)
        self._seeded = False

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Begins an episode."""
        super().reset(seed=seed)
        if seed is not None or not self._seeded:
            # Not Gymnasium's generator itself: its numbers could be those of an evaluation.
            assert self.np_random_seed is not None
            self.batch.seed(training_generator(self.np_random_seed))
            self._seeded = True
        self.batch.reset(np.array([0]))
        metrics = self.batch.interface.task.metrics(self.batch.state)
        return of_arm(observe(self.batch), 0), _info(metrics, False)

    def step(self, action: Array) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Acts for one control period."""
        result = self.batch.step(np.asarray(action)[None])
        return (
            of_arm(observe(self.batch), 0),
            float(result.rewards[0]),
            bool(result.terminated[0]),
            bool(result.truncated[0]),
            _info(result.metrics, bool(result.success[0])),
        )

    def close(self) -> None:
        """Closes the backend."""
        self.batch.backend.close()


class GoalArmEnv(ArmEnv):
    """One arm in the goal-conditioned form; `goal_form` says what its observations are."""

    def compute_reward(self, achieved_goal: Array, desired_goal: Array, info: Any) -> Any:
        """Returns the reward for another goal, for one arm or for many.

        Args:
            achieved_goal: (3,) or (N, 3) "achieved_goal" of observations, m.
            desired_goal: The same number of goals, m.
            info: Not used.
        """
        return self.batch.interface.task.goal_reward(achieved_goal, desired_goal)[()]


def make_arm_env(goal_conditioned: bool = False, **options: Any) -> ArmEnv:
    """Returns an environment; only one with `compute_reward` is taken for goal-conditioned."""
    made = GoalArmEnv if goal_conditioned else ArmEnv
    return made(goal_conditioned=goal_conditioned, **options)


def _info(metrics: dict[str, Array], success: bool) -> dict[str, Any]:
    return {**{name: float(v[0]) for name, v in metrics.items()}, "is_success": success}
