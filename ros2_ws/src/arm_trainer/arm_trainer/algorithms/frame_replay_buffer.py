"""A replay buffer that stores each frame once and composes stacks of frames when it is sampled.

The stacks of two successive transitions have all frames but one in common. With a stack of 4,
Stable-Baselines3's buffer stores every frame eight times.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray
from stable_baselines3.common.buffers import DictReplayBuffer
from stable_baselines3.common.type_aliases import DictReplayBufferSamples
from stable_baselines3.common.vec_env import VecNormalize

from arm_sim.common.arrays import Ints
from arm_trainer.backends.camera_views import Frames

_IMAGES = "images"
_TRANSITIONS = ("actions", "rewards", "dones", "timeouts")


class FrameReplayBuffer(DictReplayBuffer):
    """A `DictReplayBuffer` for observations whose "images" come from a `FrameStack`.

    Its samples equal Stable-Baselines3's, bit for bit. For each environment it has a ring of
    frames: the newest frame of each transition's observation, the frame after the last transition,
    and the few before the oldest. The last frame of an episode is stored separately, as no
    transition begins with it.

    Attributes:
        frames: (B+S, N, K·3, H, W) newest frames by time, modulo B+S.
    """

    def __init__(
        self,
        buffer_size: int,
        observation_space: spaces.Dict,
        action_space: spaces.Space[Any],
        *arguments: Any,
        stack: int,
        **options: Any,
    ) -> None:
        """Allocates memory for `buffer_size` transitions of all environments together.

        Args:
            buffer_size: Number of transitions.
            observation_space: Has "images", (S·K·3, H, W) of uint8, and others.
            action_space: The space of actions.
            *arguments: Further arguments of `DictReplayBuffer`.
            stack: Number of frames in a stack, S.
            **options: Further arguments of `DictReplayBuffer`.
        """
        others = {key: space for key, space in observation_space.items() if key != _IMAGES}
        super().__init__(buffer_size, spaces.Dict(others), action_space, *arguments, **options)
        channels, height, width = observation_space[_IMAGES].shape or ()
        self._stack = stack
        slots = self.buffer_size + stack
        self.frames: Frames = np.zeros(
            (slots, self.n_envs, channels // stack, height, width), np.uint8
        )
        # Number of frames of the same episode before each frame, at most S - 1.
        self._past = np.zeros((slots, self.n_envs), np.uint8)
        # Number of transitions added so far; the time of the next one.
        self._time = 0
        # The last frame of each episode, by time of its last transition and environment.
        self._last: dict[tuple[int, int], Frames] = {}

    @property
    def nbytes(self) -> int:
        """Bytes of the full buffer, without the last frames of episodes."""
        arrays = [self.frames, self._past, self.actions, self.rewards, self.dones, self.timeouts]
        arrays += [*self.observations.values(), *self.next_observations.values()]
        return sum(array.nbytes for array in arrays)

    def add(  # type: ignore[override]
        self,
        obs: dict[str, NDArray[Any]],
        next_obs: dict[str, NDArray[Any]],
        action: NDArray[Any],
        reward: NDArray[Any],
        done: NDArray[Any],
        infos: list[dict[str, Any]],
    ) -> None:
        """Adds one transition of each environment; see `DictReplayBuffer.add`."""
        time, slots = self._time, len(self.frames)
        here, before, after = time % slots, (time - 1) % slots, (time + 1) % slots
        newest, following = (self._newest(o[_IMAGES]) for o in (obs, next_obs))
        if time > 0:
            # An episode may also end without `done`, when a resumed training resets all.
            ended = self.dones[self.pos - 1] > 0
            continued = (newest == self.frames[here]).all(axis=(1, 2, 3)) & ~ended
            for env in np.flatnonzero(~continued & ~ended):
                self._last[time - 1, int(env)] = self.frames[here, env].copy()
            past = np.minimum(self._past[before] + 1, self._stack - 1)
            self._past[here] = np.where(continued, past, 0)
        self.frames[here] = newest
        self.frames[after] = following
        for env in range(self.n_envs):
            self._last.pop((time - self.buffer_size, env), None)
        for env in np.flatnonzero(done):
            self._last[time, int(env)] = following[env].copy()
        self._time += 1
        super().add(_without_images(obs), _without_images(next_obs), action, reward, done, infos)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Returns the contents as arrays by name, for `restore`."""
        size, frames = self.size(), min(self._time + 1, len(self.frames))
        places = np.array(list(self._last), np.int64).reshape(-1, 2)
        last = np.array(list(self._last.values()), np.uint8)
        state = {
            f"{kind}/{key}": array[:size]
            for kind in ("observations", "next_observations")
            for key, array in getattr(self, kind).items()
        }
        return {
            **state,
            **{name: getattr(self, name)[:size] for name in _TRANSITIONS},
            "frames": self.frames[:frames],
            "past": self._past[:frames],
            "last_places": places,
            "last_frames": last.reshape(-1, *self.frames.shape[2:]),
            "time": np.array(self._time),
        }

    def restore(self, saved: Mapping[str, NDArray[Any]]) -> None:
        """Sets the contents to those that `to_arrays` returned, of a buffer of the same sizes."""
        self._time = int(saved["time"])
        self.pos, self.full = self._time % self.buffer_size, self._time >= self.buffer_size
        for kind in ("observations", "next_observations"):
            for key, array in getattr(self, kind).items():
                array[: self.size()] = saved[f"{kind}/{key}"]
        for name in _TRANSITIONS:
            getattr(self, name)[: self.size()] = saved[name]
        frames = saved["frames"]
        self.frames[: len(frames)], self._past[: len(frames)] = frames, saved["past"]
        places = map(tuple, saved["last_places"].tolist())
        self._last = dict(zip(places, saved["last_frames"], strict=True))

    def _newest(self, images: Frames) -> Frames:
        return images[:, -self.frames.shape[2] :]

    def _get_samples(  # type: ignore[override]
        self, batch_inds: NDArray[Any], env: VecNormalize | None = None
    ) -> DictReplayBufferSamples:
        assert env is None, "Frames are not normalized by SB3's VecNormalize."
        envs = np.random.randint(0, high=self.n_envs, size=(len(batch_inds),))
        rows = (batch_inds, envs)
        # Time of the newest transition in each row of the ring.
        times = self._time - 1 - (self._time - 1 - batch_inds) % self.buffer_size
        observed = {key: array[rows] for key, array in self.observations.items()}
        following = {key: array[rows] for key, array in self.next_observations.items()}
        observed[_IMAGES] = self._stacks(times, envs)
        following[_IMAGES] = self._next_stacks(times, envs)
        done = self.dones[rows] * (1 - self.timeouts[rows])
        return DictReplayBufferSamples(
            observations={key: self.to_torch(values) for key, values in observed.items()},
            actions=self.to_torch(self.actions[rows]),
            next_observations={key: self.to_torch(values) for key, values in following.items()},
            dones=self.to_torch(done.reshape(-1, 1)),
            rewards=self.to_torch(self.rewards[rows].reshape(-1, 1)),
        )

    def _stacks(self, times: Ints, envs: Ints) -> Frames:
        """Returns (batch, S·K·3, H, W) stacks of the frames up to these times.

        Where an episode is shorter than a stack, its first frame is repeated.
        """
        slots = len(self.frames)
        past = self._past[times % slots, envs][:, None]
        back = np.minimum(np.arange(self._stack - 1, -1, -1), past)
        stacks = self.frames[(times[:, None] - back) % slots, envs[:, None]]
        return stacks.reshape(len(times), -1, *self.frames.shape[3:])

    def _next_stacks(self, times: Ints, envs: Ints) -> Frames:
        """Returns the stacks one frame later, of the same episodes."""
        stacks = self._stacks(times, envs)
        newest = self.frames[(times + 1) % len(self.frames), envs]
        for i, place in enumerate(zip(times.tolist(), envs.tolist(), strict=True)):
            if place in self._last:
                newest[i] = self._last[place]
        return np.concatenate([stacks[:, newest.shape[1] :], newest], axis=1)


def _without_images(observation: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    return {key: values for key, values in observation.items() if key != _IMAGES}
