"""ObjectMonitor: checks that objects' states are recent and consistent with each other; no ROS."""

from collections.abc import Sequence

import numpy as np

from arm_sim.common.arrays import Floats
from arm_trainer.deployment.joint_state_monitor import JointStateMonitor, Verdict

# An object that moves faster has jumped: perception took something else for it, m/s.
_FASTEST = 2.0


class ObjectMonitor:
    """Keeps the newest consistent poses of the M objects of one arm.

    Attributes:
        poses: (M, 7) positions, m, and quaternions x, y, z, w.
        velocities: (M, 6) linear and angular velocities, base frame.
    """

    def __init__(self, names: Sequence[str], home: Floats, max_age: float) -> None:
        """Starts without a state.

        Args:
            names: Names of the objects.
            home: (M, 7) their poses before the first state.
            max_age: Age after which a state is stale, s.
        """
        self.poses: Floats = home.copy()
        self.velocities: Floats = np.zeros((len(names), 6))
        self._names = ", ".join(names)
        # Jumps are found as those of joints: by positions and stamps.
        self._series = JointStateMonitor(np.full(3 * len(names), _FASTEST), max_age)

    def update(
        self, stamp_ns: int, poses: Floats, velocities: Floats, now: float, clock_ns: int
    ) -> str | None:
        """Takes a state that has just arrived, if it can follow the last one.

        Args:
            stamp_ns: Its stamp, ns.
            poses: (M, 7) finite poses.
            velocities: (M, 6) finite velocities.
            now: Time of a monotonic clock, s.
            clock_ns: Time of the node's ROS clock, ns.

        Returns:
            Why it was ignored; None if it was not.
        """
        verdict = self._series.update(stamp_ns, poses[:, :3].ravel(), now, clock_ns)
        if verdict is Verdict.INCONSISTENT:
            return self._series.rejection_reason.replace("a joint", "an object")
        if verdict is not Verdict.REPEATED:
            self.poses, self.velocities = poses, velocities
        return None

    def hold_reason(self, now: float, clock_ns: int) -> str | None:
        """Returns why the objects can't be used, None if they can; arguments as for `update`."""
        if not self._series.has_state:
            return f"waiting for object_states of {self._names}"
        if self._series.age(now, clock_ns) > self._series.max_age:
            return f"no fresh object_states for {self._series.max_age:g} s"
        return None
