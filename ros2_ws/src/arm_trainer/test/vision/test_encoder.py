"""The encoder triangulates the target from its heat maps."""

import torch
from torch import Tensor, nn

from arm_sim.common.arrays import Floats
from arm_sim.robot.robot import Robot
from arm_trainer.vision.camera_geometry import CameraGeometry
from arm_trainer.vision.encoder import Encoder

SIZE = 64


class PeaksAt(nn.Module):
    """Computes maps with a peak at the cell nearest to given points (N, K, 2)."""

    def __init__(self, encoder: Encoder, points: Tensor) -> None:
        super().__init__()
        cells = torch.stack([encoder.maps.right, encoder.maps.down], dim=-1)
        distance = (cells - points[:, :, None, :]).square().sum(-1)
        self.logits = -1000.0 * distance[:, :, None]
        self.soft_argmax = encoder.maps.soft_argmax

    def forward(self, images: Tensor) -> Tensor:
        return self.logits


def test_an_untrained_encoder_finds_the_target_from_perfect_heat_maps(
    robot: Robot, cameras: CameraGeometry, targets: Floats
) -> None:
    encoder = Encoder(cameras, SIZE, robot.workspace)
    points = torch.tensor(cameras.project(targets), dtype=torch.float32)
    encoder.maps = PeaksAt(encoder, points)  # type: ignore[assignment]
    estimate = encoder(torch.zeros(len(targets), 9, SIZE, SIZE))
    expected = torch.tensor(targets, dtype=torch.float32)
    # The untrained encoder's prior, the workspace's centre, still has some weight.
    torch.testing.assert_close(estimate.positions, expected, atol=0.02, rtol=0.0)
    assert estimate.log_scale.shape == (len(targets),)
    assert estimate.heat_maps.shape == (len(targets), 3, (SIZE // 2) ** 2)


def test_a_camera_that_is_weighted_little_may_be_wrong(
    robot: Robot, cameras: CameraGeometry, targets: Floats
) -> None:
    encoder = Encoder(cameras, SIZE, robot.workspace)
    points = torch.tensor(cameras.project(targets), dtype=torch.float32)
    points[:, 1] += 0.3
    encoder.maps = PeaksAt(encoder, points)  # type: ignore[assignment]
    # The last layer's weights are zero at first, so its biases are its outputs.
    last = encoder.head[-1]
    assert isinstance(last, nn.Linear)
    last.bias.data[:4] = torch.tensor([0.0, -5.0, 0.0, -5.0])
    estimate = encoder(torch.zeros(len(targets), 9, SIZE, SIZE))
    expected = torch.tensor(targets, dtype=torch.float32)
    torch.testing.assert_close(estimate.positions, expected, atol=0.02, rtol=0.0)
