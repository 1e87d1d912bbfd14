"""Encoder: estimates the target's position from the images of one control period.

A small CNN, the same for all cameras, computes a heat map of where the target is on each image. The
map's spatial soft-argmax is a point on the image, and so a ray from the camera. The estimate is the
point nearest to all rays, each weighted by a learnt confidence. The cameras' poses are given, not
learnt, which is why few images suffice.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from arm_sim.common.arrays import Floats
from arm_trainer.vision.camera_geometry import CameraGeometry
from arm_trainer.vision.heat_maps import HeatMaps
from arm_trainer.vision.triangulation import nearest_points, ray_directions

_HIDDEN = 64
# Limits of the network's logarithms, which keep their exponentials within single precision.
_MAX_LOG_WEIGHT = 5.0
_MAX_LOG_SCALE = 4.0
_INITIAL_PRIOR_LOG_WEIGHT = -4.0


class TargetEstimate(NamedTuple):
    """Estimates of the target's position for N samples.

    Attributes:
        positions: (N, 3) estimated positions in the base frame, m.
        log_scale: (N,) natural logarithm of the estimated error, in units of `encoder_loss.UNIT`.
        heat_maps: (N, K, cells²) logits of each camera's heat map.
    """

    positions: Tensor
    log_scale: Tensor
    heat_maps: Tensor


class Encoder(nn.Module):
    """Estimates the target's position from one image of each of K cameras.

    Attributes:
        maps: The CNN that computes the heat maps.
        num_cameras: K.
        head: The MLP that weights the rays.
        positions: (K, 3) of the cameras; see `CameraGeometry`.
        rotations: (K, 3, 3) of the cameras.
        slopes: (K, 2) of the cameras.
        centres: (K, 2) of the cameras.
        centre: (3,) of the workspace, m.
        extent: (3,) half the workspace's size, m.
    """

    positions: Tensor
    rotations: Tensor
    slopes: Tensor
    centres: Tensor
    centre: Tensor
    extent: Tensor

    def __init__(self, cameras: CameraGeometry, image_size: int, workspace: Floats) -> None:
        """Makes an untrained encoder.

        Args:
            cameras: The K cameras.
            image_size: Width and height of their images, px.
            workspace: (2, 3) lower and upper corner of the box that targets are in, m.
        """
        super().__init__()
        self.maps = HeatMaps(image_size, 1)
        count = len(cameras.positions)
        self.num_cameras = count
        # A weight for each camera and for the prior; then the prior, and the scale.
        last = nn.Linear(_HIDDEN, count + 1 + 3 + 1)
        self.head = nn.Sequential(
            nn.Linear(4 * count, _HIDDEN),
            nn.ReLU(),
            nn.Linear(_HIDDEN, _HIDDEN),
            nn.ReLU(),
            last,
        )
        # An untrained encoder weights all rays alike and the prior hardly.
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
        last.bias.data[count] = _INITIAL_PRIOR_LOG_WEIGHT
        for name in ("positions", "rotations", "slopes", "centres"):
            values = torch.as_tensor(getattr(cameras, name), dtype=torch.float32)
            self.register_buffer(name, values)
        lower, upper = torch.as_tensor(workspace, dtype=torch.float32)
        self.register_buffer("centre", (lower + upper) / 2)
        self.register_buffer("extent", (upper - lower) / 2)

    def forward(self, images: Tensor) -> TargetEstimate:
        """Estimates targets from RGB images (N, K·3, H, W) with values 0 to 255."""
        logits = self.maps(images)
        points, confidences = (values[:, :, 0] for values in self.maps.soft_argmax(logits))
        outputs = self.head(torch.cat([points.flatten(1), confidences.flatten(1)], dim=1))
        log_weights, prior, log_scale = outputs.split([self.num_cameras + 1, 3, 1], dim=1)
        weights = log_weights.clamp(-_MAX_LOG_WEIGHT, _MAX_LOG_WEIGHT).exp()
        positions = nearest_points(
            self.positions,
            ray_directions(points, self.rotations, self.slopes, self.centres),
            weights[:, :-1],
            self.centre + self.extent * prior,
            weights[:, -1:],
        )
        log_scale = log_scale[:, 0].clamp(-_MAX_LOG_SCALE, _MAX_LOG_SCALE)
        return TargetEstimate(positions, log_scale, logits[:, :, 0])
