"""ObservationLatency: a policy that sees the arms as they were a little while ago; no ROS.

On the way from encoder to policy and back to the motors time is lost, on a real arm more than in a
simulation. To a closed loop it is all one where, so it is put on the observation. States between
two control periods are interpolated.
"""

import numpy as np

from arm_sim.robot.robot import Floats, Ints


class ObservationLatency:
    """What N arms' policies see, each late by a time of its own."""

    def __init__(self, num_arms: int, joints: int, control_period: float, longest: float) -> None:
        """Prepares.

        Args:
            num_arms: N.
            joints: J.
            control_period: Seconds between states.
            longest: The longest latency, s.
        """
        self._period = control_period
        depth = int(np.ceil(longest / control_period)) + 2
        # The newest state first: (depth, N, 2 J), positions and velocities.
        self._states: Floats = np.zeros((depth, num_arms, 2 * joints))
        self._back = np.zeros(num_arms)
        self._joints = joints

    def start(self, arms: Ints, latencies: Floats, positions: Floats, velocities: Floats) -> None:
        """Begins episodes: arms (k,) have been at rest where they are for long.

        Args:
            arms: (k,).
            latencies: (k,) s.
            positions: (N, J).
            velocities: (N, J).
        """
        self._back[arms] = latencies / self._period
        self._states[:, arms] = np.concatenate([positions, velocities], axis=1)[arms]

    def take(self, positions: Floats, velocities: Floats) -> None:
        """Takes the states (N, J) at the end of a control period."""
        self._states = np.roll(self._states, 1, axis=0)
        self._states[0] = np.concatenate([positions, velocities], axis=1)

    def seen(self) -> tuple[Floats, Floats]:
        """Returns the positions and velocities (N, J) that are seen now."""
        periods = np.floor(self._back).astype(np.int64)
        part = (self._back - periods)[:, None]
        arms = np.arange(len(periods))
        states = (1.0 - part) * self._states[periods, arms] + part * self._states[periods + 1, arms]
        return states[:, : self._joints], states[:, self._joints :]
