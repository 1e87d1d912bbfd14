"""A trajectory of position targets: points in time, straight lines between them."""

import numpy as np

from arm_sim.robot.robot import Floats, Ints


class Trajectory:
    """Position targets of N arms over time, as ros2_control's joint_trajectory_controller has them.

    Attributes:
        times: (K,) ns of simulation time, never falling.
        positions: (K, N, C) the targets at these times, rad or m.
    """

    def __init__(
        self, now_ns: int, targets: Floats, start_ns: int, offsets: Ints, points: Floats
    ) -> None:
        """Goes from the targets in force to the first point, and on from there.

        A start in the future leaves the targets as they are until then. With one in the past it is
        joined midway: points whose time has gone by are only passed.

        Args:
            now_ns: Simulation time, ns.
            targets: (N, C) the targets in force, rad or m.
            start_ns: When the trajectory starts, ns.
            offsets: (P,) ns from the start to each point, rising.
            points: (P, N, C) the targets there.
        """
        times = start_ns + offsets
        begin = min(max(start_ns, now_ns), int(times[0]))
        self.times: Ints = np.concatenate([[begin], times])
        self.positions: Floats = np.concatenate([targets[None], points])

    @property
    def end_ns(self) -> int:
        """Time of the last point, ns; the targets stay there."""
        return int(self.times[-1])

    def at(self, time_ns: int) -> Floats:
        """Returns (N, C) the targets at a time: the first before its time, the last after it."""
        after = int(np.searchsorted(self.times, time_ns, side="right"))
        if after == 0:
            return self.positions[0]
        if after == len(self.times):
            return self.positions[-1]
        begin, end = self.times[after - 1], self.times[after]
        share = (time_ns - begin) / (end - begin)
        return (1.0 - share) * self.positions[after - 1] + share * self.positions[after]
