"""RotationControl: how an action that displaces the tool controls its orientation."""

from dataclasses import dataclass

import numpy as np

from arm_sim.common.arrays import Floats

# Share of the orientation's error that a control period takes away.
_GAIN = 0.5
# With fewer joints an arm can't hold a heading while it goes to a position.
_JOINTS_FOR_A_HEADING = 6


@dataclass(frozen=True)
class RotationControl:
    """Which rotations of the tool are controlled, and how.

    Rotations are vectors in the base frame, rad. A tilt makes vertical again what is vertical in
    the tool frame at home; a heading is a turn about the vertical.

    Attributes:
        rows: Axes of the base frame about which the rotation is controlled.
        outputs: Names of a policy's outputs that turn the tool.
        holds_heading: Whether the heading stays as it is at home.
    """

    rows: tuple[int, ...]
    outputs: tuple[str, ...] = ()
    holds_heading: bool = False

    def for_arm(self, joints: int) -> "RotationControl":
        """Returns what of it an arm with so many joints can do."""
        if joints >= _JOINTS_FOR_A_HEADING or not self.rows:
            return self
        return RotationControl(rows=(0, 1))

    def turn(self, outputs: Floats, present: Floats, home: Floats, scale: float) -> Floats:
        """Returns (N, 3) rotations of the tool for this control period, rad.

        Args:
            outputs: (N, R) the policy's outputs that turn the tool.
            present: (N, 3, 3) rotations from the tool frame to the base frame.
            home: (3, 3) that at home.
            scale: Rotation that an output of 1 means, rad.
        """
        if len(self.outputs) == 3:
            return outputs * scale
        if self.holds_heading:
            return _GAIN * rotation_between(present, np.broadcast_to(home, present.shape))
        turn: Floats = _GAIN * tilt(present, home)
        if self.outputs:
            turn[:, 2] = outputs[:, 0] * scale
        return turn


def rotation_between(present: Floats, wanted: Floats) -> Floats:
    """Returns (N, 3) rotations that turn frames `present` (N, 3, 3) towards `wanted`, rad.

    Half the sum of the cross products of the axes: the sine of the angle times the axis, as in
    Siciliano et al., Robotics, section 3.7.3.
    """
    crosses: Floats = np.asarray(np.cross(present, wanted, axis=1), np.float64)
    turns: Floats = 0.5 * crosses.sum(axis=2)
    return turns


def tilt(present: Floats, home: Floats) -> Floats:
    """Returns (N, 3) rotations, rad, that make vertical again what is vertical at home."""
    up = present @ home[2]
    zero = np.zeros(len(up))
    return np.stack([up[:, 1], -up[:, 0], zero], axis=1)


FREE = RotationControl(rows=())
HELD = RotationControl(rows=(0, 1, 2), holds_heading=True)
YAW = RotationControl(rows=(0, 1, 2), outputs=("tool/yaw",))
FULL = RotationControl(rows=(0, 1, 2), outputs=("tool/turn_x", "tool/turn_y", "tool/turn_z"))
