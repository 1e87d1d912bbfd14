"""Places three cameras about the workspace so that every target is in each of their images."""

import numpy as np
from numpy.typing import NDArray

from arm_sim.common.arrays import Floats
from arm_sim.common.config import build
from arm_sim.robot.scene_settings import CameraPose, Workspace

_FIELD_OF_VIEW = 45.0
# The part of half an image that the workspace fills.
_FILL = 0.8
# Where a camera is as seen from the workspace: (ahead, left, up), and what its image has on top.
_VIEWS = {
    "front_camera": ((1.0, 0.0, 0.45), (0.0, 0.0, 1.0)),
    "side_camera": ((0.0, -1.0, 0.3), (0.0, 0.0, 1.0)),
    "top_camera": ((0.0, 0.0, 1.0), (1.0, 0.0, 0.0)),
}


def place_cameras(workspace: Workspace) -> dict[str, CameraPose]:
    """Returns the poses of front_camera, side_camera and top_camera by name.

    'Ahead' is the direction from the arm's base to the workspace. The images are taken as square:
    wider ones only show more at the sides.
    """
    corners = np.array([workspace.lower, workspace.upper])
    box = np.array(np.meshgrid(*corners.T)).reshape(3, -1).T
    middle: Floats = corners.mean(axis=0)
    ahead = np.array([*middle[:2], 0.0])
    distance = float(np.linalg.norm(ahead))
    ahead = ahead / distance if distance > 0.05 else np.array([1.0, 0.0, 0.0])
    axes = np.array([ahead, np.cross([0.0, 0.0, 1.0], ahead), [0.0, 0.0, 1.0]])
    return {
        name: _camera(box, middle, np.array(place) @ axes, np.array(top) @ axes)
        for name, (place, top) in _VIEWS.items()
    }


def _camera(box: Floats, middle: Floats, place: Floats, top: Floats) -> CameraPose:
    """A camera in a direction from the middle of a box (8, 3), just so far that it sees the box."""
    back = place / np.linalg.norm(place)
    right = np.cross(top, back)
    right /= np.linalg.norm(right)
    up = np.cross(back, right)
    offsets = box - middle
    across = np.abs(offsets @ np.array([right, up]).T).max(axis=1)
    slope = np.tan(np.deg2rad(_FIELD_OF_VIEW / 2)) * _FILL
    away = float((offsets @ back + across / slope).max())
    values = {
        "position": _rounded(middle + away * back),
        "right": _rounded(right),
        "up": _rounded(up),
        "field_of_view": _FIELD_OF_VIEW,
    }
    return build(CameraPose, values, "A camera of the scene")


def _rounded(vector: NDArray[np.floating]) -> tuple[float, float, float]:
    x, y, z = (float(value) + 0.0 for value in vector.round(4))
    return x, y, z
