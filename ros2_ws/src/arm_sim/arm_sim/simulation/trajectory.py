"""Trajectory: position targets over time, interpolated linearly between points."""

import numpy as np

from arm_sim.common.arrays import Floats, Ints


class Trajectory:
    """Position targets of N arms over time, replaced as ros2_control's joint controller does.

    See https://control.ros.org/jazzy/doc/ros2_controllers/joint_trajectory_controller/doc/trajectory.html.

    Attributes:
        times: (K,) simulation time of each point, ns, never decreasing.
        positions: (K, N, C) the targets at these times, rad or m.
    """

    def __init__(
        self, now_ns: int, targets: Floats, start_ns: int, offsets: Ints, points: Floats
    ) -> None:
        """Interpolates from the present targets to the first point, and then between points.

        If the start is in the future, the targets stay as they are until then. If it is in the
        past, the points before now are skipped.

        Args:
            now_ns: Simulation time, ns.
            targets: (N, C) the present targets, rad or m.
            start_ns: Simulation time at which the trajectory starts, ns.
            offsets: (P,) time from the start to each point, ns, increasing.
            points: (P, N, C) the targets at the points, rad or m.
        """
        times = start_ns + offsets
        begin = min(max(start_ns, now_ns), int(times[0]))
        self.times: Ints = np.concatenate([[begin], times])
        self.positions: Floats = np.concatenate([targets[None], points])

    @property
    def end_ns(self) -> int:
        """Time of the last point, ns; the targets do not change after it."""
        return int(self.times[-1])

    def at(self, time_ns: int) -> Floats:
        """Returns (N, C) targets at a time: the first ones before it starts, the last after it."""
        after = int(np.searchsorted(self.times, time_ns, side="right"))
        if after == 0:
            return self.positions[0]
        if after == len(self.times):
            return self.positions[-1]
        begin, end = self.times[after - 1], self.times[after]
        share = (time_ns - begin) / (end - begin)
        return (1.0 - share) * self.positions[after - 1] + share * self.positions[after]
