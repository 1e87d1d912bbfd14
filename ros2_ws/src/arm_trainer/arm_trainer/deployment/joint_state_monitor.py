"""JointStateMonitor: whether joint states can be trusted to be of now and of this arm; no ROS.

Judged are stamps and positions against those before. States that do not go on from the last are
passed over. Once some that go on from each other have come for as long as it takes until the last
trusted one is stale, so that the arm was held in between, they are a new beginning: a driver or a
simulator was started anew, or the arm was moved while nobody looked.
"""

import enum

import numpy as np

from arm_sim.common.arrays import Floats

# Stamps further than this from the node's clock are of another clock (a simulator's, say) and are
# not compared with it, s.
_SAME_CLOCK = 60.0
# A joint that seems faster than this times its velocity limit has jumped, ...
_PLAUSIBLE_SPEED = 2.0
# ... unless it is within noise, rad or m.
_PLAUSIBLE_NOISE = 0.05


class Verdict(enum.Enum):
    """What a joint state is."""

    FRESH = "goes on from the last"
    REPEATED = "is the last again"
    DOUBTFUL = "does not go on from the last"
    NEW_BEGINNING = "goes on from a series that did not go on from the last"


class JointStateMonitor:
    """Watches the states of one arm.

    Attributes:
        max_age: Seconds after which a state is stale.
        stamp_ns: Stamp of the newest trusted state, -1 before the first.
        rejection_reason: What was wrong with the last doubtful state.
    """

    def __init__(self, velocity_limits: Floats, max_age: float) -> None:
        """Prepares for states of J joints.

        Args:
            velocity_limits: (J,) rad/s or m/s.
            max_age: Seconds after which a state is stale.
        """
        self.max_age = max_age
        self.stamp_ns = -1
        self.rejection_reason = ""
        self._speeds = _PLAUSIBLE_SPEED * velocity_limits
        self._heard_at = -np.inf
        self._trusted: tuple[int, Floats] | None = None
        self._doubtful: tuple[int, Floats] | None = None
        self._doubtful_since = 0  # The stamp with which the doubtful states' series began.

    def see(self, stamp_ns: int, positions: Floats, now: float, clock_ns: int) -> Verdict:
        """Judges a state that has just arrived; it is trusted if FRESH or NEW_BEGINNING.

        Args:
            stamp_ns: Its stamp, ns.
            positions: (J,) finite; kept, so not to be changed.
            now: A monotonic clock, s.
            clock_ns: The node's ROS clock, ns.
        """
        if self._trusted is not None and stamp_ns == self._trusted[0]:
            return Verdict.REPEATED
        state = (stamp_ns, positions)
        ahead = (stamp_ns - clock_ns) / 1e9
        why = None
        if self.max_age < abs(ahead) < _SAME_CLOCK:
            why = f"its stamp is {abs(ahead):.3f} s in the {'future' if ahead > 0 else 'past'}"
            self._doubtful_since = stamp_ns
        elif self._trusted is None:
            verdict = Verdict.NEW_BEGINNING
        elif (why := self._break_between(self._trusted, state)) is None:
            verdict = Verdict.FRESH
        elif self._doubtful is None or self._break_between(self._doubtful, state) is not None:
            self._doubtful_since = stamp_ns
        elif (
            stamp_ns - self._doubtful_since >= self.max_age * 1e9
            and now - self._heard_at >= self.max_age
        ):
            why, verdict = None, Verdict.NEW_BEGINNING
        if why is not None:
            self.rejection_reason, self._doubtful = why, state
            return Verdict.DOUBTFUL
        self._trusted, self._doubtful = state, None
        self.stamp_ns, self._heard_at = stamp_ns, now
        return verdict

    def age(self, now: float, clock_ns: int) -> float:
        """Returns how old the newest trusted state is, s; infinite before the first.

        Counted from its arrival, or from its stamp where that is of the node's clock and says more.
        """
        by_stamp = (clock_ns - self.stamp_ns) / 1e9
        by_arrival = now - self._heard_at
        return max(by_arrival, by_stamp) if by_stamp < _SAME_CLOCK else by_arrival

    def _break_between(self, before: tuple[int, Floats], after: tuple[int, Floats]) -> str | None:
        """Returns why one state can't have followed the other, None if it can."""
        seconds = (after[0] - before[0]) / 1e9
        if seconds <= 0.0:
            return f"its stamp is {-seconds:.3f} s before the last"
        if seconds > self.max_age:
            return f"its stamp is {seconds:.3f} s after the last, more than {self.max_age:g} s"
        moved = np.abs(after[1] - before[1])
        if (moved > self._speeds * seconds + _PLAUSIBLE_NOISE).any():
            return f"a joint moved by {moved.max():.3f} in {seconds:.3f} s"
        return None
