"""ObservationLatency: delays joint states, as communication with a real arm does.

A real arm's states and commands are both delayed. For a closed loop only the sum matters, so all of
the latency is simulated on the observation. States between two control periods are interpolated.
"""

import numpy as np

from arm_sim.common.arrays import Floats, Ints


class ObservationLatency:
    """Delays the joint states of N arms, each by a latency of its own."""

    def __init__(self, num_arms: int, joints: int, control_period: float, longest: float) -> None:
        """Allocates memory for the states of the longest latency.

        Args:
            num_arms: N.
            joints: J, joints of an arm.
            control_period: Time between two states, s.
            longest: The longest latency, s.
        """
        self._period = control_period
        depth = int(np.ceil(longest / control_period)) + 2
        # (depth, N, 2 J) positions and velocities, the newest state first.
        self._states: Floats = np.zeros((depth, num_arms, 2 * joints))
        # (N,) latencies in control periods.
        self._delays = np.zeros(num_arms)
        self._joints = joints

    def start(self, arms: Ints, latencies: Floats, positions: Floats, velocities: Floats) -> None:
        """Begins episodes; the arms' earlier states are taken to equal the present ones.

        Args:
            arms: (k,) indices of the arms that begin an episode.
            latencies: (k,) of these arms, s.
            positions: (N, J) of all arms, rad or m.
            velocities: (N, J) of all arms, rad/s or m/s.
        """
        self._delays[arms] = latencies / self._period
        self._states[:, arms] = np.concatenate([positions, velocities], axis=1)[arms]

    def take(self, positions: Floats, velocities: Floats) -> None:
        """Adds the positions and velocities (N, J) at the end of a control period."""
        self._states = np.roll(self._states, 1, axis=0)
        self._states[0] = np.concatenate([positions, velocities], axis=1)

    def seen(self) -> tuple[Floats, Floats]:
        """Returns the delayed positions and velocities (N, J)."""
        periods = np.floor(self._delays).astype(np.int64)
        part = (self._delays - periods)[:, None]
        arms = np.arange(len(periods))
        states = (1.0 - part) * self._states[periods, arms] + part * self._states[periods + 1, arms]
        return states[:, : self._joints], states[:, self._joints :]
