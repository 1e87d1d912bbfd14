"""Goal: the target that is asked for, and the reachable point that the arm is sent to; no ROS."""

import numpy as np

from arm_sim.common.arrays import Floats
from arm_trainer.deployment.reachable_targets import ReachableTargets
from arm_trainer.deployment.target_sequence import TargetSequence

# Positions of a target that differ by less are the same: they went through messages, m.
_SAME_POSITION = 1e-6


class Goal:
    """The target of one arm. All positions are (3,) in the base frame, m.

    Attributes:
        known: Whether the target's position was received yet.
        position: The newest position of the target.
        requested: The target's position at the last `choose`, NaN before the first.
        pursued: The point that the arm is sent to: `requested`, or the nearest reachable point.
        sequence: The targets to go through one after the other; None if others give the targets.
    """

    def __init__(
        self,
        position: Floats,
        reachable: ReachableTargets | None,
        sequence: TargetSequence | None = None,
    ) -> None:
        """Starts without a known target.

        Args:
            position: Where the target is as long as nothing else is known.
            reachable: The trained region. None for a policy with cameras: it finds the target by
                itself, and the goal only serves to judge it.
            sequence: See the attributes.
        """
        self.known = False
        self.position = position.copy()
        self.requested: Floats = np.full(3, np.nan)
        self.pursued: Floats = np.full(3, np.nan)
        self.sequence = sequence
        self._reachable = reachable

    @property
    def missing(self) -> Floats | None:
        """The current target of the sequence as long as the target is elsewhere, else None."""
        if self.sequence is None or self.sequence.current is None or self._sequence_is_shown:
            return None
        return self.sequence.current

    def move_to(self, position: Floats) -> None:
        """Takes a new position of the target."""
        self.position[:] = position
        self.known = True

    def choose(self) -> str | None:
        """Sets `requested` and `pursued` for the newest position.

        Returns:
            A message, if the position is new and can't be reached.
        """
        if np.array_equal(self.position, self.requested):
            return None
        self.requested = self.position.copy()
        if self._reachable is None:
            self.pursued = self.requested
            return None
        self.pursued = self._reachable.nearest(self.requested)
        gap = float(np.linalg.norm(self.pursued - self.requested))
        if gap == 0.0:
            return None
        return (
            f"The target at {np.round(self.requested, 3).tolist()} is out of reach: going to "
            f"{np.round(self.pursued, 3).tolist()}, {gap:.3f} m from it, the nearest point that "
            "the policy was trained for."
        )

    def finish_period(self, achieved: bool) -> bool:
        """Counts a control period for the sequence's current target.

        Args:
            achieved: Whether the tool is at `pursued`.

        Returns:
            Whether the current target is finished, and the next one is on.
        """
        if self.sequence is None or not self._sequence_is_shown:
            return False
        # A target that is out of reach is not reached where another point is pursued.
        reachable = np.array_equal(self.pursued, self.requested)
        return self.sequence.update(achieved and reachable)

    def report(self, distance: float, estimate: Floats | None) -> dict[str, object]:
        """Returns the diagnostics about the target.

        Args:
            distance: From tool to `pursued` at the last command, m.
            estimate: Where the policy takes the target to be; None if it gives no estimate.
        """
        values: dict[str, object] = {}
        if self.known:
            values["target (m)"] = np.round(self.requested, 3).tolist()
            if self._reachable is not None:
                values["target pursued (m)"] = np.round(self.pursued, 3).tolist()
            measured_to = "target" if self._reachable is None else "one pursued"
            values[f"distance to the {measured_to} (m)"] = f"{distance:.4f}"
        if estimate is not None:
            values["target estimated (m)"] = np.round(estimate, 3).tolist()
        if self.sequence is not None:
            values["targets reached"] = f"{self.sequence.reached} of {self.sequence.finished}"
        return values

    @property
    def _sequence_is_shown(self) -> bool:
        """Whether the target is where the sequence's current one is."""
        if self.sequence is None or self.sequence.current is None:
            return False
        return np.allclose(self.position, self.sequence.current, atol=_SAME_POSITION)
