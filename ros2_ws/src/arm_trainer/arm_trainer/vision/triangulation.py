"""Triangulation of a point from several cameras' rays, differentiable and exportable to ONNX.

Weighted algebraic triangulation as used for human poses: K. Iskakov et al., "Learnable
triangulation of human pose", ICCV 2019.
"""

import torch
from torch import Tensor


def ray_directions(points: Tensor, rotations: Tensor, slopes: Tensor, centres: Tensor) -> Tensor:
    """Returns (N, K, 3) unit vectors in the base frame from K cameras through image points.

    Args:
        points: (N, K, 2) image coordinates.
        rotations: (K, 3, 3) of the cameras, as in `CameraGeometry`.
        slopes: (K, 2) of the cameras, as in `CameraGeometry`.
        centres: (K, 2) of the cameras, as in `CameraGeometry`.
    """
    right, down = ((points - centres) * slopes).unbind(-1)
    directions = torch.stack([right, -down, -torch.ones_like(right)], dim=-1)
    directions = directions / directions.square().sum(-1, keepdim=True).sqrt()
    return (rotations * directions[:, :, None, :]).sum(-1)


def nearest_points(
    origins: Tensor, directions: Tensor, weights: Tensor, prior: Tensor, prior_weights: Tensor
) -> Tensor:
    """Returns (N, 3) the points with the smallest weighted squared distance to K rays and a prior.

    Args:
        origins: (K, 3) of the rays, m.
        directions: (N, K, 3) of the rays, unit vectors.
        weights: (N, K) of the rays, positive.
        prior: (N, 3) a first estimate, m, without which one ray would not determine a point.
        prior_weights: (N, 1) of the prior, positive.
    """
    identity = torch.eye(3, device=directions.device)
    # Projections onto the planes perpendicular to the rays.
    across = weights[..., None, None] * (
        identity - directions[..., :, None] * directions[..., None, :]
    )
    matrix = across.sum(1) + prior_weights[..., None] * identity
    right_side = (across * origins[:, None, :]).sum((1, 3)) + prior_weights * prior
    # The 3 × 3 system is solved by its adjugate, because ONNX has no solver.
    a, b, c = matrix.unbind(1)
    rows = torch.stack([_cross(b, c), _cross(c, a), _cross(a, b)], dim=1)
    determinant = (a * rows[:, 0]).sum(1, keepdim=True)
    # The matrix is symmetric, and so is its inverse.
    return (rows * right_side[:, None, :]).sum(2) / determinant


def _cross(a: Tensor, b: Tensor) -> Tensor:
    """Returns the cross products of (N, 3) vectors; PyTorch's own can't be exported to ONNX."""
    x, y, z = a.unbind(1)
    u, v, w = b.unbind(1)
    return torch.stack([y * w - z * v, z * u - x * w, x * v - y * u], dim=1)
