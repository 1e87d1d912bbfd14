"""The reach task as Gymnasium environments, single and vector, and as Stable-Baselines3's VecEnv.

All three are thin: what happens in a control period is `batch_env.py`'s. With views, an observation
is a dictionary: "images", the frames of the last control periods, and "state", the numbers without
the target, which is to be found in the images.
"""

from collections.abc import Sequence
from typing import Any, cast

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import VecEnv

from arm_sim.robot.robot import load_robot
from arm_trainer.backends.backend import Backend, InProcessBackend
from arm_trainer.backends.camera_views import Views
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.tasks.reach import Reach, ReachSettings, training_generator

Array = NDArray[Any]
Observation = Array | dict[str, Array]


def make_backend(
    backend: str | Backend, task: Reach, num_arms: int, views: Views | None = None
) -> Backend:
    """Returns a backend by name.

    Args:
        backend: 'in_process', 'ros' (the simulator on the graph, in lockstep), or a Backend.
        task: The task, which gives robot and control period.
        num_arms: Number of arms.
        views: The cameras whose images every state is to have; a Backend has its own already.

    Raises:
        ValueError: If the name is unknown.
    """
    if not isinstance(backend, str):
        return backend
    if backend == "in_process":
        return InProcessBackend(task.robot, num_arms, task.control_period, views=views)
    if backend == "ros":
        from arm_trainer.ros.backend import RosBackend

        return RosBackend(task.robot, num_arms, task.control_period, views=views)
    raise ValueError(f"Unknown backend '{backend}' (valid: in_process, ros).")


def observation_space(task: Reach, views: Views | None = None) -> gymnasium.Space[Any]:
    """Returns the space of one arm's observations: any finite numbers, as joints may turn on.

    With views it is a dictionary: "images" (S·K·3, H, W) of uint8, and those numbers as "state".
    """
    largest = np.finfo(np.float32).max
    state = gymnasium.spaces.Box(-largest, largest, (len(task.observation_names),), np.float32)
    if views is None:
        return state
    images = gymnasium.spaces.Box(0, 255, views.shape, np.uint8)
    return gymnasium.spaces.Dict({"images": images, "state": state})


def action_space(task: Reach) -> gymnasium.spaces.Box:
    """Returns the space of one arm's actions: joint increments, 1 being the velocity limit."""
    return gymnasium.spaces.Box(-1.0, 1.0, (len(task.robot.arm),), np.float32)


def observe(episodes: BatchEnv) -> Observation:
    """Returns the newest observations of all arms, in the form of `observation_space`."""
    if episodes.frames is None:
        return episodes.observations
    return {"images": episodes.frames, "state": episodes.observations}


def _of_arm(observation: Observation, arm: int) -> Observation:
    if isinstance(observation, dict):
        return {key: values[arm] for key, values in observation.items()}
    return cast(Array, observation[arm])


def _reach(model: str, reach: ReachSettings | None, views: Views | None) -> Reach:
    return Reach(load_robot(model), reach, target_in_observation=views is None)


class ReachEnv(gymnasium.Env[Observation, Array]):
    """One arm; `gymnasium.make("arm_trainer/Reach-v0", backend="ros")`."""

    metadata = {"render_modes": []}  # noqa: RUF012

    def __init__(
        self,
        backend: str | Backend = "in_process",
        model: str = "fetch_arm",
        reach: ReachSettings | None = None,
        views: Views | None = None,
    ) -> None:
        """Connects to the arm; see `make_backend`."""
        task = _reach(model, reach, views)
        self._episodes = BatchEnv(task, make_backend(backend, task, 1, views), views=views)
        self.observation_space = observation_space(task, views)
        self.action_space = action_space(task)
        self._seeded = False

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Begins an episode."""
        super().reset(seed=seed)
        if seed is not None or not self._seeded:
            self._seed()
        self._episodes.reset(np.array([0]))
        return _of_arm(observe(self._episodes), 0), self._info(False)

    def step(self, action: Array) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Acts for one control period."""
        result = self._episodes.step(np.asarray(action)[None])
        success = bool(result.terminated[0])
        return (
            _of_arm(observe(self._episodes), 0),
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


class ReachVectorEnv(VectorEnv[Observation, Array, Array]):
    """N arms in one backend; a finished arm begins its next episode within the same step."""

    metadata = {"render_modes": [], "autoreset_mode": AutoresetMode.SAME_STEP}  # noqa: RUF012

    def __init__(
        self,
        num_envs: int = 16,
        backend: str | Backend = "in_process",
        model: str = "fetch_arm",
        reach: ReachSettings | None = None,
        views: Views | None = None,
    ) -> None:
        """Connects to the arms; see `make_backend`."""
        task = _reach(model, reach, views)
        self._episodes = BatchEnv(task, make_backend(backend, task, num_envs, views), views=views)
        self.num_envs = num_envs
        self.single_observation_space = observation_space(task, views)
        self.single_action_space = action_space(task)
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
            self._seed()
        self._episodes.reset(np.arange(self.num_envs))
        return observe(self._episodes), {"distance": self._episodes.distance}

    def step(self, actions: Array) -> tuple[Observation, Array, Array, Array, dict[str, Any]]:
        """Acts for one control period; see `gymnasium.vector.VectorEnv.step`."""
        result = self._episodes.step(np.asarray(actions))
        info: dict[str, Any] = {"distance": result.distance, "is_success": result.terminated}
        done = result.terminated | result.truncated
        if done.any():
            arms, observed = np.flatnonzero(done), observe(self._episodes)
            final = np.full(self.num_envs, None, dtype=object)
            for arm in arms:
                final[arm] = _of_arm(observed, arm)
            info.update(final_obs=final, _final_obs=done)
            self._episodes.autoreset(arms)
        return (
            observe(self._episodes),
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
        views: The cameras that the arms are seen through, or None.
    """

    def __init__(self, episodes: BatchEnv) -> None:
        """Wraps episodes; `seed` makes them repeatable."""
        self.random = np.random.default_rng()
        self.views = episodes.views
        self._episodes = episodes
        self._actions: Array = np.zeros(0)
        self._returns = np.zeros(episodes.num_arms)
        self.render_mode = None  # SB3 asks for it.
        task = episodes.task
        super().__init__(
            episodes.num_arms, observation_space(task, episodes.views), action_space(task)
        )

    def seed(self, seed: int | None = None) -> Sequence[int | None]:
        """Seeds the start states of all arms, from the next reset on; None draws a seed."""
        seed = int(np.random.default_rng().integers(2**31)) if seed is None else seed
        self.random = training_generator(seed)
        self._episodes.seed(self.random)
        return [seed] * self.num_envs

    def reset(self) -> Observation:
        """Begins an episode for every arm."""
        self._returns[:] = 0.0
        self._episodes.reset(np.arange(self.num_envs))
        return observe(self._episodes)

    def step_async(self, actions: Array) -> None:
        """Keeps the actions for `step_wait`."""
        self._actions = actions

    def step_wait(self) -> tuple[Observation, Array, Array, list[dict[str, Any]]]:
        """Acts for one control period; a finished arm begins its next episode at once."""
        episodes = self._episodes
        result = episodes.step(self._actions)
        self._returns += result.rewards
        done = result.terminated | result.truncated
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        if done.any():
            arms, observed = np.flatnonzero(done), observe(episodes)
            for arm in arms:
                infos[arm] = {
                    "terminal_observation": _of_arm(observed, arm),
                    "TimeLimit.truncated": bool(result.truncated[arm]),
                    "is_success": bool(result.terminated[arm]),
                    "distance": float(result.distance[arm]),
                    "episode": {"r": float(self._returns[arm]), "l": int(episodes.periods[arm])},
                }
            self._returns[arms] = 0.0
            episodes.autoreset(arms)
        return observe(episodes), result.rewards.astype(np.float32), done, infos

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
