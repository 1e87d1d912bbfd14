"""Tool increments for grasping: small displacements of a tool whose orientation is controlled."""

from typing import ClassVar

from arm_trainer.actions.tool_increments import ToolIncrements
from arm_trainer.actions.tool_rotation import FULL, HELD, YAW, RotationControl

# On a table area of 0.2 m × 0.4 m, 2 cm in a control period.
_LARGEST_STEP = 0.04


class HandIncrements(ToolIncrements):
    """Displacements along x, y and z; the tool keeps the orientation that it has at home."""

    name: ClassVar[str] = "hand_increments"
    rotation: ClassVar[RotationControl] = HELD
    largest_step: ClassVar[float] = _LARGEST_STEP


class HandYawIncrements(HandIncrements):
    """One more output turns the tool about the vertical."""

    name: ClassVar[str] = "hand_yaw_increments"
    rotation: ClassVar[RotationControl] = YAW


class HandPoseIncrements(HandIncrements):
    """Three more outputs turn the tool about x, y and z of the base frame."""

    name: ClassVar[str] = "hand_pose_increments"
    rotation: ClassVar[RotationControl] = FULL
