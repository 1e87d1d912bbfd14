"""JointStateMonitor: checks that joint states are recent and consistent with each other; no ROS.

Each state's stamp and positions are compared with those of the last accepted state. States
inconsistent with it are ignored. If ignored states are consistent with each other for `max_age`,
so that the last accepted state is stale and the arm was held meanwhile, they are accepted as a new
series: a driver or a simulator was restarted, or the arm was moved by hand.
"""

import enum

import numpy as np

from arm_sim.common.arrays import Floats

# Stamps further than this from the node's clock come from another clock (a simulator's, say) and
# are not compared with it, s.
_SAME_CLOCK = 60.0
# A joint faster than this multiple of its velocity limit has jumped, ...
_PLAUSIBLE_SPEED = 2.0
# ... unless it moved by less than sensor noise, rad or m.
_PLAUSIBLE_NOISE = 0.05


class Verdict(enum.Enum):
    """How a joint state relates to the last accepted one."""

    CONSISTENT = "it can follow the last accepted state"
    REPEATED = "it has the same stamp as the last accepted state"
    INCONSISTENT = "it can't follow the last accepted state, and is ignored"
    NEW_SERIES = "it is the first state, or the first accepted one of a new series"


class JointStateMonitor:
    """Checks the joint states of one arm.

    Attributes:
        max_age: Age after which a state is stale, s.
        stamp_ns: Stamp of the newest accepted state, -1 before the first.
        ignored: Number of inconsistent states.
        rejection_reason: Why the last inconsistent state was ignored.
    """

    def __init__(self, velocity_limits: Floats, max_age: float) -> None:
        """Prepares for states of J joints.

        Args:
            velocity_limits: (J,) rad/s or m/s.
            max_age: Age after which a state is stale, s.
        """
        self.max_age = max_age
        self.stamp_ns = -1
        self.ignored = 0
        self.rejection_reason = ""
        self._speeds = _PLAUSIBLE_SPEED * velocity_limits
        self._received_at = -np.inf
        self._accepted: tuple[int, Floats] | None = None
        self._rejected: tuple[int, Floats] | None = None
        self._rejected_since = 0  # First stamp of the ignored states that agree with each other.

    @property
    def has_state(self) -> bool:
        """Whether a state was accepted yet."""
        return self._accepted is not None

    def update(self, stamp_ns: int, positions: Floats, now: float, clock_ns: int) -> Verdict:
        """Checks a state that has just arrived.

        Args:
            stamp_ns: Its stamp, ns.
            positions: (J,) finite joint positions. The array is kept: do not change it later.
            now: Time of a monotonic clock, s.
            clock_ns: Time of the node's ROS clock, ns.

        Returns:
            The verdict; the state is accepted if it is CONSISTENT or NEW_SERIES.
        """
        if self._accepted is not None and stamp_ns == self._accepted[0]:
            return Verdict.REPEATED
        state = (stamp_ns, positions)
        ahead = (stamp_ns - clock_ns) / 1e9
        reason = None
        if self.max_age < abs(ahead) < _SAME_CLOCK:
            reason = f"its stamp is {abs(ahead):.3f} s in the {'future' if ahead > 0 else 'past'}"
            self._rejected_since = stamp_ns
        elif self._accepted is None:
            verdict = Verdict.NEW_SERIES
        elif (reason := self._inconsistency(self._accepted, state)) is None:
            verdict = Verdict.CONSISTENT
        elif self._rejected is None or self._inconsistency(self._rejected, state) is not None:
            self._rejected_since = stamp_ns
        elif (
            stamp_ns - self._rejected_since >= self.max_age * 1e9
            and now - self._received_at >= self.max_age
        ):
            reason, verdict = None, Verdict.NEW_SERIES
        if reason is not None:
            self.rejection_reason, self._rejected = reason, state
            self.ignored += 1
            return Verdict.INCONSISTENT
        self._accepted, self._rejected = state, None
        self.stamp_ns, self._received_at = stamp_ns, now
        return verdict

    def age(self, now: float, clock_ns: int) -> float:
        """Returns the age of the newest accepted state, s; infinite before the first.

        It is the time since the state arrived, or since its stamp if that is longer and the stamp
        comes from the node's clock.

        Args:
            now: Time of a monotonic clock, s.
            clock_ns: Time of the node's ROS clock, ns.
        """
        by_stamp = (clock_ns - self.stamp_ns) / 1e9
        by_arrival = now - self._received_at
        return max(by_arrival, by_stamp) if by_stamp < _SAME_CLOCK else by_arrival

    def _inconsistency(self, before: tuple[int, Floats], after: tuple[int, Floats]) -> str | None:
        """Returns why one state can't follow another, None if it can."""
        seconds = (after[0] - before[0]) / 1e9
        if seconds <= 0.0:
            return f"its stamp is {-seconds:.3f} s before the last"
        if seconds > self.max_age:
            return f"its stamp is {seconds:.3f} s after the last, more than {self.max_age:g} s"
        moved = np.abs(after[1] - before[1])
        if (moved > self._speeds * seconds + _PLAUSIBLE_NOISE).any():
            return f"a joint moved by {moved.max():.3f} in {seconds:.3f} s"
        return None
