"""Chooses the box of targets: where the tool is at postures about home that are free of contact."""

import numpy as np

from arm_sim.common.arrays import Floats
from arm_sim.common.config import build
from arm_sim.robot.scene_settings import Workspace
from arm_sim.scene.arm_geometry import ArmGeometry
from arm_sim.scene.posture_contacts import PostureContacts

# Training draws targets from the tool's positions at postures so near home, rad or m.
TARGET_SPREAD = 0.9
_SAMPLES = 1500
_PERCENTILES = (10, 90)
# Shares of the arm's reach: the box's shortest side, and its distance from the base.
_SMALLEST_SIDE, _BASE_SHARE = 0.1, 0.2


def tool_floor(floor: float, reach: float) -> float:
    """Returns the lowest height for the tool, m: above the floor by a twenty-fifth of the reach."""
    return round(floor + float(np.clip(reach / 25, 0.015, 0.05)), 3)


def choose_workspace(
    geometry: ArmGeometry, contacts: PostureContacts, home: Floats, lowest: float, reach: float
) -> Workspace:
    """Returns the box that most tool positions about home lie in.

    Args:
        geometry: The arm.
        contacts: Tells which postures are free of contact.
        home: (A,) the home posture.
        lowest: Height below which there are no targets, m, base frame; -inf where there is none.
        reach: The arm's reach, m.
    """
    offsets = np.random.default_rng(1).uniform(-TARGET_SPREAD, TARGET_SPREAD, (_SAMPLES, len(home)))
    postures = np.clip(home + offsets, geometry.lower, geometry.upper)
    free = np.array([not contacts.at(posture) for posture in postures])
    tools = geometry.tool_states(postures if not free.any() else postures[free]).positions
    above = tools[tools[:, 2] > lowest]
    lower, upper = np.percentile(above if len(above) else tools, _PERCENTILES, axis=0)
    middle, half = (lower + upper) / 2, (upper - lower) / 2
    half = np.maximum(half, _SMALLEST_SIDE * reach / 2)
    lower, upper = middle - half, middle + half
    _keep_off_the_base(lower, upper, _BASE_SHARE * reach)
    lower[2] = max(lower[2], lowest)
    upper[2] = max(upper[2], lower[2] + _SMALLEST_SIDE * reach)
    corners = {"lower": lower.round(3).tolist(), "upper": upper.round(3).tolist()}
    return build(Workspace, corners, "The workspace")


def _keep_off_the_base(lower: Floats, upper: Floats, distance: float) -> None:
    """Cuts a box, in place, on the side of the base, along the axis in which it is farther away."""
    middle = (lower + upper) / 2
    axis = int(np.argmax(np.abs(middle[:2])))
    if middle[axis] > distance:
        lower[axis] = max(lower[axis], distance)
    elif middle[axis] < -distance:
        upper[axis] = min(upper[axis], -distance)
