"""Damped least squares: the joint motion for a displacement of the tool, for N arms at once."""

import numpy as np
from numpy.typing import NDArray

from arm_sim.common.arrays import Floats

# Singular values below the first number are damped. At 0, the damping factor is the second number.
_NEARLY_SINGULAR = 0.25
_LARGEST_DAMPING = 0.15


class DampedInverse:
    """Weighted, damped least-squares inverses of N Jacobians J.

    u = W Jᵀ (J W Jᵀ + D)⁻¹ x. Without the damping D it is the solution of J u = x with the
    smallest Σ u²/w, w being the diagonal of W. D damps each singular direction of J W^½ on its own
    and only where its singular value σ is less than ε: by (1 - (σ/ε)²) λ². So u stays bounded near
    a singularity, while the other directions are exact (numerical filtering with a variable damping
    factor: Chiaverini, Siciliano and Egeland, Review of the damped least-squares inverse kinematics
    with experiments on an industrial robot manipulator, IEEE Transactions on Control Systems
    Technology 2(2), 1994).
    """

    def __init__(self, jacobians: Floats, weights: Floats) -> None:
        """Factorises the Jacobians.

        Args:
            jacobians: (N, R, A), finite, in units that make their singular values about 1.
            weights: (N, A) how freely each joint moves, from 0 (not at all) to 1.
        """
        self._weighted = (jacobians * weights[:, None]).transpose(0, 2, 1)
        squares, self._directions = np.linalg.eigh(jacobians @ self._weighted)
        # Rounding may make the square of a singular value negative.
        squares = np.maximum(squares, 0.0)
        damped = np.maximum(1.0 - squares / _NEARLY_SINGULAR**2, 0.0)
        self._gains = 1.0 / (squares + damped * _LARGEST_DAMPING**2)

    def solve(self, displacements: NDArray[np.floating]) -> Floats:
        """Returns (N, A) joint motions for displacements (N, R); NaN where these are NaN."""
        into_directions = self._directions.transpose(0, 2, 1)
        along = self._gains[..., None] * (into_directions @ displacements[..., None])
        solutions: Floats = (self._weighted @ (self._directions @ along))[..., 0]
        return solutions
