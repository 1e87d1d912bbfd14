"""LoopTiming: how regular and how quick a loop is, second by second."""

import numpy as np


class LoopTiming:
    """Collects durations by name until they are reported."""

    def __init__(self, names: tuple[str, ...]) -> None:
        """Begins without a value.

        Args:
            names: What is collected.
        """
        self._values: dict[str, list[float]] = {name: [] for name in names}

    def add(self, name: str, seconds: float) -> None:
        """Adds a value."""
        self._values[name].append(seconds)

    def report(self) -> dict[str, str]:
        """Returns mean, 99th percentile and maximum of each in ms, and forgets the values."""
        rows = {}
        for name, values in self._values.items():
            if values:
                ms = np.array(values) * 1e3
                rows[f"{name}: mean, p99, max (ms)"] = (
                    f"{ms.mean():.3f}, {np.percentile(ms, 99):.3f}, {ms.max():.3f}"
                )
            values.clear()
        return rows
