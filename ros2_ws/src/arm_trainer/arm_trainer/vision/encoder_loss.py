"""Loss of the encoder: error of the estimated positions, and cross-entropy of the heat maps."""

import torch
from torch import Tensor

from arm_trainer.vision.encoder import TargetEstimate

# Unit of the errors in the loss, m.
UNIT = 0.02


def encoder_loss(estimate: TargetEstimate, squared_error: Tensor, image_points: Tensor) -> Tensor:
    """Returns the mean loss of N samples, a scalar.

    It is the negative logarithm of a Laplace distribution's density, whose scale the encoder
    estimates: exp(`log_scale`) times `UNIT`. So an occluded target may have a large error if the
    estimated scale is large too. A tenth of the error is added, so that a large scale alone does
    not make the loss small. The cross-entropy of the heat maps is added as well: without it, no ray
    points near the target in the first epochs.

    Args:
        estimate: The encoder's outputs.
        squared_error: (N,) squared distances from the estimated to the true positions, m².
        image_points: (N, K, 2) image coordinates of the targets; see `CameraGeometry`.
    """
    distance = torch.sqrt(squared_error / UNIT**2 + 1e-3)
    negative_log_density = distance * torch.exp(-estimate.log_scale) + estimate.log_scale
    return (
        negative_log_density.mean()
        + 0.1 * distance.mean()
        + heat_map_loss(estimate.heat_maps, image_points)
    )


def heat_map_loss(logits: Tensor, image_points: Tensor) -> Tensor:
    """Returns the mean cross-entropy of heat maps with points on the images, a scalar.

    The reference distribution of a point is on the four cells around it, with bilinear weights, so
    that its mean is the point. Points outside the outermost cells' centres have no loss.

    Args:
        logits: (N, K, cells²) of the heat maps.
        image_points: (N, K, 2) image coordinates; see `CameraGeometry`.
    """
    cells = round(logits.shape[-1] ** 0.5)
    log_probabilities = torch.log_softmax(logits, dim=-1)
    place = (image_points + 1.0) / 2.0 * cells - 0.5
    inside = ((place >= 0.0) & (place <= cells - 1.0)).all(-1)
    place = place.clamp(0.0, cells - 1.001)
    column, row = place.floor().long().unbind(-1)
    right, down = (place - place.floor()).unbind(-1)
    total = torch.zeros_like(right)
    for rows_below, row_weight in ((0, 1.0 - down), (1, down)):
        for columns_right, column_weight in ((0, 1.0 - right), (1, right)):
            cell = (row + rows_below) * cells + column + columns_right
            picked = log_probabilities.gather(-1, cell[..., None])[..., 0]
            total -= row_weight * column_weight * picked
    return (total * inside).mean()
