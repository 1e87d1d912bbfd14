"""The directions of a hand: in which it approaches an object, and along which it closes."""

import numpy as np

from arm_sim.common.arrays import Floats
from arm_sim.robot.hand_parts import HandParts

# Cosines of the largest angles between the way from wrist to fingers and the approach: of the axis
# about which the arm's last joint turns the hand, and of other axes.
_LAST_JOINT, _OTHER_AXES = np.cos(np.deg2rad(40.0)), np.cos(np.deg2rad(30.0))
# Share of the fingers' length, from their tips on, that shows how they close.
_TIP_SHARE = 0.3
_SMALL = 1e-6


def approach_direction(parts: HandParts) -> Floats:
    """Returns (3,) the unit vector from palm to fingertips, in the tool frame's axes."""
    half_open = len(parts.fingers[0]) // 2
    fingers = np.mean([points[half_open].mean(axis=0) for points in parts.fingers], axis=0)
    ahead = fingers - parts.wrist
    if np.linalg.norm(ahead) < _SMALL:
        ahead = fingers - np.mean([points.mean(axis=0) for points in parts.palm], axis=0)
    ahead /= max(float(np.linalg.norm(ahead)), _SMALL)
    along = parts.axes @ ahead
    # Of axes that are equal but for rounding the first one.
    best = int(np.argmax(np.abs(along).round(4)))
    if abs(along[0]) > _LAST_JOINT:
        best = 0
    elif abs(along[best]) < _OTHER_AXES:
        return ahead
    return parts.axes[best] * np.sign(along[best])


def closing_direction(parts: HandParts, approach: Floats) -> Floats:
    """Returns (3,) the unit vector across the approach along which the fingertips move most.

    Its largest component is positive.
    """
    depths = np.concatenate([points @ approach for points in parts.fingers], axis=1)
    # Tips of the closed gripper: a jaw that is wide open points anywhere.
    closed = depths[-1]
    tips = closed >= closed.max() - _TIP_SHARE * np.ptp(closed)
    moved = np.concatenate([points[-1] - points[0] for points in parts.fingers])[tips]
    across = moved - np.outer(moved @ approach, approach)
    _, directions = np.linalg.eigh(across.T @ across)
    closing = directions[:, -1] - (directions[:, -1] @ approach) * approach
    closing /= np.linalg.norm(closing)
    closing *= np.sign(closing[np.argmax(np.abs(closing).round(6))])
    return closing
