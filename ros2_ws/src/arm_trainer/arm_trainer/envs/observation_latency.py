"""ObservationLatency: delays measured states, as communication with a real arm does.

A real arm's states and commands are both delayed. For a closed loop only the sum matters, so all of
the latency is simulated on the observation. States between two control periods are interpolated.
"""

import numpy as np

from arm_sim.common.arrays import Floats, Ints
from arm_trainer.backends.backend import BatchState


class ObservationLatency:
    """Delays the states of N arms and their objects, each arm's by a latency of its own."""

    def __init__(self, state: BatchState, control_period: float, longest: float) -> None:
        """Allocates memory for the states of the longest latency.

        Args:
            state: Any state of the N arms.
            control_period: Time between two states, s.
            longest: The longest latency, s.
        """
        self._period = control_period
        self._like = state
        depth = int(np.ceil(longest / control_period)) + 2
        # (depth, N, D) states as rows of numbers, the newest first.
        self._states = np.repeat(_rows(state)[None], depth, axis=0)
        # (N,) latencies in control periods.
        self._delays = np.zeros(len(state.positions))

    def start(self, arms: Ints, latencies: Floats, state: BatchState) -> None:
        """Begins episodes; the arms' earlier states are taken to equal the present ones.

        Args:
            arms: (k,) indices of the arms that begin an episode.
            latencies: (k,) of these arms, s.
            state: The state of all arms.
        """
        self._delays[arms] = latencies / self._period
        self._states[:, arms] = _rows(state)[arms]

    def take(self, state: BatchState) -> None:
        """Adds the state at the end of a control period."""
        self._states = np.roll(self._states, 1, axis=0)
        self._states[0] = _rows(state)

    def seen(self) -> BatchState:
        """Returns the delayed states, with the stamp of none."""
        periods = np.floor(self._delays).astype(np.int64)
        part = (self._delays - periods)[:, None]
        arms = np.arange(len(periods))
        rows = (1.0 - part) * self._states[periods, arms] + part * self._states[periods + 1, arms]
        found: list[Floats] = []
        for like in _parts(self._like):
            found.append(rows[:, : like[0].size].reshape(like.shape))
            rows = rows[:, like[0].size :]
        positions, velocities, objects, object_velocities = found
        # Between two quaternions is one that is a little too short.
        lengths = np.linalg.norm(objects[..., 3:], axis=-1, keepdims=True)
        objects[..., 3:] /= np.maximum(lengths, 1e-9)
        return BatchState(0, positions, velocities, objects, object_velocities)


def _parts(state: BatchState) -> tuple[Floats, ...]:
    return state.positions, state.velocities, state.objects, state.object_velocities


def _rows(state: BatchState) -> Floats:
    """(N, D) all numbers of each arm."""
    return np.concatenate([part.reshape(len(part), -1) for part in _parts(state)], axis=1)
