"""Convolutional network that computes heat maps of images, and their spatial soft-argmax."""

import torch
from torch import Tensor, nn

_CHANNELS = 16


class HeatMaps(nn.Module):
    """Computes M heat maps of each image, half as wide and high, with the same weights for all.

    Dimensions: N samples, I images a sample, M maps an image.

    Attributes:
        layers: The convolutions.
        cells: Width and height of a map.
        right: (cells²,) horizontal image coordinate of each cell; see `CameraGeometry`.
        down: (cells²,) vertical image coordinate of each cell.
    """

    right: Tensor
    down: Tensor

    def __init__(self, image_size: int, maps: int) -> None:
        """Makes an untrained network.

        Args:
            image_size: Width and height of the images, px.
            maps: M.
        """
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, _CHANNELS, 5, stride=2, padding=2),
            nn.ReLU(),
            nn.Conv2d(_CHANNELS, _CHANNELS, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(_CHANNELS, _CHANNELS, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(_CHANNELS, maps, 1),
        )
        cells = (image_size + 1) // 2
        self.cells = cells
        centres = (torch.arange(cells) + 0.5) / cells * 2.0 - 1.0
        self.register_buffer("right", centres.repeat(cells))
        self.register_buffer("down", centres.repeat_interleave(cells))

    def forward(self, images: Tensor) -> Tensor:
        """Returns (N, I, M, cells²) logits for RGB images (N, I·3, H, W) with values 0 to 255."""
        count, channels, height, width = images.shape
        single = images.reshape(-1, 3, height, width).float() / 255.0 - 0.5
        return self.layers(single).reshape(count, channels // 3, -1, self.cells**2)

    def soft_argmax(self, logits: Tensor) -> tuple[Tensor, Tensor]:
        """Returns each map's expected position and two measures of its confidence.

        Spatial soft-argmax: C. Finn et al., "Deep spatial autoencoders for visuomotor learning",
        ICRA 2016.

        Args:
            logits: (N, I, M, cells²).

        Returns:
            (N, I, M, 2) expected positions in image coordinates (see `CameraGeometry`), and
            (N, I, M, 2) a tenth of the logits' log-sum-exp, and the largest probability.
        """
        probabilities = torch.softmax(logits, dim=-1)
        points = torch.stack(
            [(probabilities * self.right).sum(-1), (probabilities * self.down).sum(-1)], dim=-1
        )
        total, peak = 0.1 * torch.logsumexp(logits, dim=-1), probabilities.amax(-1)
        return points, torch.stack([total, peak], dim=-1)
