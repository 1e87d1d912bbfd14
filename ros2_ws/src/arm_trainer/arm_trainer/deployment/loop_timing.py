"""LoopTiming, ControlTiming: mean, 99th percentile and maximum of a loop's durations."""

import numpy as np


class LoopTiming:
    """Collects durations by name between two reports."""

    def __init__(self, names: tuple[str, ...]) -> None:
        """Starts empty.

        Args:
            names: The names of the durations, in the order of the report.
        """
        self._values: dict[str, list[float]] = {name: [] for name in names}

    def add(self, name: str, seconds: float) -> None:
        """Adds a duration, s.

        Raises:
            KeyError: If the name is not one of those given at the start.
        """
        self._values[name].append(seconds)

    def report(self) -> dict[str, str]:
        """Returns mean, 99th percentile and maximum of each name in ms, and deletes the values."""
        rows = {}
        for name, values in self._values.items():
            if values:
                ms = np.array(values) * 1e3
                rows[f"{name}: mean, p99, max (ms)"] = (
                    f"{ms.mean():.3f}, {np.percentile(ms, 99):.3f}, {ms.max():.3f}"
                )
            values.clear()
        return rows


class ControlTiming(LoopTiming):
    """Collects the durations of a control loop, with the time from one action to the next."""

    def __init__(self, period: float) -> None:
        """Starts empty.

        Args:
            period: The control period, s; jitter is the deviation from it.
        """
        super().__init__(
            ("control period", "jitter", "inference", "age of observations", "age of frames")
        )
        self._period = period
        self._acted_at: float | None = None

    def record_action(self, now: float) -> None:
        """Adds control period and jitter, unless this is the first action after an interruption.

        Args:
            now: Time of a monotonic clock at which the state for the action arrived, s.
        """
        if self._acted_at is not None:
            self.add("control period", now - self._acted_at)
            self.add("jitter", abs(now - self._acted_at - self._period))
        self._acted_at = now

    def interrupt(self) -> None:
        """Excludes the time until the next action from the control periods."""
        self._acted_at = None
