"""The reach task as Gymnasium environments, single and vector, and as Stable-Baselines3's VecEnv.

All three are thin: what happens in a control period is `episodes.py`'s.
"""

from collections.abc import Sequence
from typing import Any

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import VecEnv

from arm_sim.robot import load_robot
from arm_trainer.backend import Backend, InProcessBackend
from arm_trainer.episodes import Episodes
from arm_trainer.task import Reach, ReachSettings, training_generator

Array = NDArray[Any]


def make_backend(backend: str | Backend, task: Reach, num_arms: int) -> Backend:
    """Returns a backend by name.

    Args:
        backend: 'in_process', 'ros' (the simulator on the graph, in lockstep), or a Backend.
        task: The task, which gives robot and control period.
        num_arms: Number of arms.

    Raises:
        ValueError: If the name is unknown.
    """
    if not isinstance(backend, str):
        return backend
    if backend == "in_process":
        return InProcessBackend(task.robot, num_arms, task.control_period)
    if backend == "ros":
        from arm_trainer.ros_backend import RosBackend

        return RosBackend(task.robot, num_arms, task.control_period)
    raise ValueError(f"Unknown backend '{backend}' (valid: in_process, ros).")


def observation_space(task: Reach) -> gymnasium.spaces.Box:
    """Returns the space of one arm's observations: any finite numbers, as joints may turn on."""
    largest = np.finfo(np.float32).max
    return gymnasium.spaces.Box(-largest, largest, (len(task.observation_names),), np.float32)


def action_space(task: Reach) -> gymnasium.spaces.Box:
    """Returns the space of one arm's actions: joint increments, 1 being the velocity limit."""
    return gymnasium.spaces.Box(-1.0, 1.0, (len(task.robot.arm),), np.float32)


class ReachEnv(gymnasium.Env[Array, Array]):
    """One arm; `gymnasium.make("arm_trainer/Reach-v0", backend="ros")`."""

    metadata = {"render_modes": []}  # noqa: RUF012

    def __init__(
        self,
        backend: str | Backend = "in_process",
        model: str = "fetch_arm",
        reach: ReachSettings | None = None,
    ) -> None:
        """Connects to the arm; see `make_backend`."""
        task = Reach(load_robot(model), reach)
        self._episodes = Episodes(task, make_backend(backend, task, 1))
        self.observation_space = observation_space(task)
        self.action_space = action_space(task)
        self._seeded = False

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Array, dict[str, Any]]:
        """Begins an episode."""
        super().reset(seed=seed)
        if seed is not None or not self._seeded:
            self._seed()
        self._episodes.reset(np.array([0]))
        return self._episodes.observations[0], self._info(False)

    def step(self, action: Array) -> tuple[Array, float, bool, bool, dict[str, Any]]:
        """Acts for one control period."""
        result = self._episodes.step(np.asarray(action)[None])
        success = bool(result.terminated[0])
        return (
            result.observations[0],
            float(result.rewards[0]),
            success,
            bool(result.truncated[0]),
            self._info(success),
        )

    def close(self) -> None:
        """Lets go of the backend."""
        self._episodes.backend.close()

    def _seed(self) -> None:
        # Not Gymnasium's generator itself: its numbers could be those of an evaluation.
        assert self.np_random_seed is not None
        self._episodes.seed(training_generator(self.np_random_seed))
        self._seeded = True

    def _info(self, success: bool) -> dict[str, Any]:
        return {"distance": float(self._episodes.distance[0]), "is_success": success}


class ReachVectorEnv(VectorEnv[Array, Array, Array]):
    """N arms in one backend; a finished arm begins its next episode within the same step."""

    metadata = {"render_modes": [], "autoreset_mode": AutoresetMode.SAME_STEP}  # noqa: RUF012

    def __init__(
        self,
        num_envs: int = 16,
        backend: str | Backend = "in_process",
        model: str = "fetch_arm",
        reach: ReachSettings | None = None,
    ) -> None:
        """Connects to the arms; see `make_backend`."""
        task = Reach(load_robot(model), reach)
        self._episodes = Episodes(task, make_backend(backend, task, num_envs))
        self.num_envs = num_envs
        self.single_observation_space = observation_space(task)
        self.single_action_space = action_space(task)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self._seeded = False

    def reset(
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Array, dict[str, Any]]:
        """Begins an episode for every arm.

        One generator draws for all arms, so `seed` is one number, not one for each arm.

        Raises:
            ValueError: If `seed` is a list.
        """
        if isinstance(seed, Sequence):
            raise ValueError("One seed serves all arms: give one number.")
        super().reset(seed=seed)
        if seed is not None or not self._seeded:
            self._seed()
        self._episodes.reset(np.arange(self.num_envs))
        return self._episodes.observations, {"distance": self._episodes.distance}

    def step(self, actions: Array) -> tuple[Array, Array, Array, Array, dict[str, Any]]:
        """Acts for one control period; see `gymnasium.vector.VectorEnv.step`."""
        result = self._episodes.step(np.asarray(actions))
        info: dict[str, Any] = {"distance": result.distance, "is_success": result.terminated}
        done = result.terminated | result.truncated
        if done.any():
            arms = np.flatnonzero(done)
            final = np.full(self.num_envs, None, dtype=object)
            for arm in arms:
                final[arm] = result.observations[arm]
            info.update(final_obs=final, _final_obs=done)
            self._episodes.go_on(arms)
        return (
            self._episodes.observations,
            result.rewards,
            result.terminated,
            result.truncated,
            info,
        )

    def _seed(self) -> None:
        # Not Gymnasium's generator itself: its numbers could be those of an evaluation.
        assert self.np_random_seed is not None
        self._episodes.seed(training_generator(self.np_random_seed))
        self._seeded = True

    def close_extras(self, **_: Any) -> None:
        """Lets go of the backend."""
        self._episodes.backend.close()


class ReachVecEnv(VecEnv):
    """N arms as Stable-Baselines3 wants them; episodes' returns and lengths are in the infos.

    Attributes:
        random: Where start states and targets come from.
    """

    def __init__(self, episodes: Episodes) -> None:
        """Wraps episodes; `seed` makes them repeatable."""
        self.random = np.random.default_rng()
        self._episodes = episodes
        self._actions: Array = np.zeros(0)
        self._returns = np.zeros(episodes.num_arms)
        self.render_mode = None  # SB3 asks for it.
        super().__init__(
            episodes.num_arms, observation_space(episodes.task), action_space(episodes.task)
        )

    def seed(self, seed: int | None = None) -> Sequence[int | None]:
        """Seeds the start states of all arms, from the next reset on; None draws a seed."""
        seed = int(np.random.default_rng().integers(2**31)) if seed is None else seed
        self.random = training_generator(seed)
        self._episodes.seed(self.random)
        return [seed] * self.num_envs

    def reset(self) -> Array:
        """Begins an episode for every arm."""
        self._returns[:] = 0.0
        self._episodes.reset(np.arange(self.num_envs))
        return self._episodes.observations

    def step_async(self, actions: Array) -> None:
        """Keeps the actions for `step_wait`."""
        self._actions = actions

    def step_wait(self) -> tuple[Array, Array, Array, list[dict[str, Any]]]:
        """Acts for one control period; a finished arm begins its next episode at once."""
        episodes = self._episodes
        result = episodes.step(self._actions)
        self._returns += result.rewards
        done = result.terminated | result.truncated
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        if done.any():
            arms = np.flatnonzero(done)
            for arm in arms:
                infos[arm] = {
                    "terminal_observation": result.observations[arm],
                    "TimeLimit.truncated": bool(result.truncated[arm]),
                    "is_success": bool(result.terminated[arm]),
                    "distance": float(result.distance[arm]),
                    "episode": {"r": float(self._returns[arm]), "l": int(episodes.periods[arm])},
                }
            self._returns[arms] = 0.0
            episodes.go_on(arms)
        return episodes.observations, result.rewards.astype(np.float32), done, infos

    def close(self) -> None:
        """Lets go of the backend."""
        self._episodes.backend.close()

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
        """The arms have no methods of their own.

        Raises:
            AttributeError: Always.
        """
        raise AttributeError(
            f"The arms share one environment; '{method_name}' can't be called for some of them."
        )

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        """Says that no arm is wrapped."""
        return [False] * len(list(self._get_indices(indices)))
