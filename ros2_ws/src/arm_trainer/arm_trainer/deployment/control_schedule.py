"""ControlSchedule: decides when a controller acts and when it brakes, once per control period."""

# A state this much ahead of its time is still on time, as a part of the control period: stamps
# have jitter.
_EARLY = 0.1


class ControlSchedule:
    """Times actions by the stamps of joint states, and braking by the monotonic clock.

    Braking has to work where no states arrive; therefore it does not use their stamps.

    Attributes:
        period: The control period, s.
    """

    def __init__(self, period: float) -> None:
        """Prepares; `start` comes before the first `start_period`.

        Args:
            period: The control period, s.
        """
        self.period = period
        self._period_ns = round(period * 1e9)
        self._early_ns = round(_EARLY * self._period_ns)
        self._due_ns = self._acted_ns = 0
        self._brake_due = 0.0

    def start(self, stamp_ns: int) -> None:
        """Starts a new series of states; the first one is due at once."""
        self._due_ns, self._acted_ns = stamp_ns, -self._period_ns

    def start_period(self, stamp_ns: int) -> bool:
        """Starts the next control period if it is due, and returns whether it was.

        It is due neither ahead of its time nor, after a late state, too soon after it.

        Args:
            stamp_ns: Stamp of a state that has just arrived, ns.
        """
        if stamp_ns < max(self._due_ns, self._acted_ns + self._period_ns) - self._early_ns:
            return False
        self._due_ns = max(self._due_ns, stamp_ns - self._early_ns) + self._period_ns
        return True

    def record_action(self, stamp_ns: int) -> None:
        """Records that the controller acted on the state with this stamp."""
        self._acted_ns = stamp_ns

    def hold(self, now: float, commanded_at: float) -> None:
        """Schedules braking: at once, but not within a control period after the last command.

        Args:
            now: Time of a monotonic clock, s.
            commanded_at: Time of the last command by the same clock, s; -inf if there was none.
        """
        self._brake_due = max(now, commanded_at + self.period)

    def may_act(self, now: float) -> bool:
        """Returns whether the control period of the last braking command is over."""
        return now >= self._brake_due

    def start_braking_period(self, now: float) -> bool:
        """Starts the next period of braking if it is due, and returns whether it was."""
        if now < self._brake_due:
            return False
        self._brake_due = now + self.period
        return True
