"""Levenberg-Marquardt steps of joints within limits, for n arms at once."""

import numpy as np

from arm_sim.common.arrays import Floats

# Damping where the error is 0, in squared units of the errors; the longest step, rad or m.
_DAMPING, _LONGEST_STEP = 1e-6, 0.5


def levenberg_marquardt_steps(
    postures: Floats, errors: Floats, jacobians: Floats, lower: Floats, upper: Floats
) -> Floats:
    """Returns (n, A) joint steps that reduce errors.

    The damping is half of the squared error, which needs no tuning and stays calm where the error
    can't become 0 (Sugihara, Solvability-unconcerned inverse kinematics by the
    Levenberg-Marquardt method, IEEE Transactions on Robotics 27(5), 2011). A joint at a limit that
    it would leave is left out of the step. Of a step that is too long all joints move less.

    Args:
        postures: (n, A) joint positions, rad or m.
        errors: (n, E) what is missing, all of one unit.
        jacobians: (n, E, A) what the joints' motions add.
        lower: (A,) lower limits of the joints.
        upper: (A,) upper limits.
    """
    transposed = jacobians.transpose(0, 2, 1)
    wanted = (transposed @ errors[..., None])[..., 0]
    stuck = ((postures <= lower) & (wanted < 0)) | ((postures >= upper) & (wanted > 0))
    transposed, wanted = np.where(stuck[..., None], 0.0, transposed), np.where(stuck, 0.0, wanted)
    damping = np.square(errors).sum(axis=1) / 2 + _DAMPING
    squares = transposed @ transposed.transpose(0, 2, 1)
    squares += damping[:, None, None] * np.eye(squares.shape[1])
    steps = np.linalg.solve(squares, wanted[..., None])[..., 0]
    longest = np.abs(steps).max(axis=1, keepdims=True) / _LONGEST_STEP
    limited: Floats = np.asarray(steps / np.maximum(longest, 1.0), np.float64)
    return limited
