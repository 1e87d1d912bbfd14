"""How far a hand is turned away from a wanted direction or orientation, for n hands at once."""

import numpy as np

from arm_sim.common.arrays import Floats

_SMALL = 1e-12


def direction_errors(directions: Floats, wanted: Floats) -> Floats:
    """Returns (n, 3) the smallest rotations that turn unit vectors (n, 3) into wanted ones.

    Rotation vectors, rad: their direction is the axis, their length the angle.
    """
    sines, cosines = _cross(directions, wanted), (directions * wanted).sum(axis=1)
    return _rotation_vectors(sines, cosines)


def orientation_errors(axes: Floats, wanted: Floats) -> Floats:
    """Returns (n, 3) the rotations that turn frames into wanted ones, as rotation vectors, rad.

    Args:
        axes: (n, 3, 3) rotation matrices.
        wanted: (n, 3, 3) rotation matrices.
    """
    turn = wanted @ axes.transpose(0, 2, 1)
    twice = turn - turn.transpose(0, 2, 1)
    sines = np.stack([twice[:, 2, 1], twice[:, 0, 2], twice[:, 1, 0]], axis=1) / 2
    return _rotation_vectors(sines, (np.trace(turn, axis1=1, axis2=2) - 1) / 2)


def hand_axes(approach: Floats, yaw: Floats) -> Floats:
    """Returns (n, 3, 3) matrices with the columns approach, closing, and across both.

    Args:
        approach: (n, 3) unit vectors, none of them horizontal in the direction of its yaw.
        yaw: (n,) angles of the closing direction about the vertical, rad; it lies in the vertical
            plane of this angle and across the approach.
    """
    level = np.stack([np.cos(yaw), np.sin(yaw), 0 * yaw], axis=1)
    closing = level - (level * approach).sum(axis=1, keepdims=True) * approach
    closing /= np.maximum(np.linalg.norm(closing, axis=1, keepdims=True), _SMALL)
    return np.stack([approach, closing, _cross(approach, closing)], axis=2)


def _rotation_vectors(sines: Floats, cosines: Floats) -> Floats:
    """Rotation vectors whose axes are those of (n, 3) `sines`, which are as long as the sines."""
    lengths: Floats = np.asarray(np.linalg.norm(sines, axis=1), np.float64)
    factors = np.arctan2(lengths, cosines) / np.maximum(lengths, _SMALL)
    vectors: Floats = np.asarray(sines * factors[:, None], np.float64)
    # At half a turn any axis across will do, to leave it.
    vectors[(lengths < 1e-6) & (cosines < 0)] = (np.pi, 0.0, 0.0)
    return vectors


def _cross(a: Floats, b: Floats) -> Floats:
    crossed: Floats = np.asarray(np.cross(a, b), np.float64)
    return crossed
