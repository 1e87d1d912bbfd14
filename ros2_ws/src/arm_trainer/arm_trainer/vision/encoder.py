"""Sight: finds the target in images, and lets a policy that must be told of it act on that.

A small CNN, one for all cameras, makes a map of where on an image the target may be; the map's mean
(a spatial soft-argmax) is a ray from the camera. The point nearest to all cameras' rays, each
weighted by how far it can be trusted, is where the target is taken to be. What a network would have
to learn from many frames, namely where the cameras stand, is given: that is why few are enough.
"""

from typing import Any, NamedTuple

import gymnasium
import numpy as np
import torch
from numpy.typing import NDArray
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from torch import Tensor, nn

from arm_sim.robot.robot import Floats
from arm_trainer.backends.camera_views import Frames, Views
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.tasks.observation_terms import Observation
from arm_trainer.vision.camera_geometry import CameraGeometry

_CHANNELS = 16
_HIDDEN = 64
# What a policy is told of the target.
_TOLD = ("target", "target_from_tool")
# Of the end-to-end policy, which must find out by itself what is worth being looked for.
_MAPS_END_TO_END = 4
# Logarithms that the network gives are kept from running away: single precision bears no more.
_LARGEST_LOGARITHM = 5.0
_LARGEST_SPREAD = 4.0


class HeatMaps(nn.Module):
    """Makes M maps of each image, half as wide and high, of where things may be."""

    right: Tensor
    down: Tensor

    def __init__(self, size: int, maps: int) -> None:
        """Prepares for square images of `size` px."""
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
        cells = (size + 1) // 2
        self.cells = cells
        centres = (torch.arange(cells) + 0.5) / cells * 2.0 - 1.0
        self.register_buffer("right", centres.repeat(cells))
        self.register_buffer("down", centres.repeat_interleave(cells))

    def forward(self, images: Tensor) -> Tensor:
        """Returns (N, I, M, cells²) logits for RGB images (N, I·3, H, W), values up to 255."""
        count, channels, height, width = images.shape
        single = images.reshape(-1, 3, height, width).float() / 255.0 - 0.5
        return self.layers(single).reshape(count, channels // 3, -1, self.cells**2)

    def locate(self, heat: Tensor) -> tuple[Tensor, Tensor]:
        """Returns what the maps say.

        Args:
            heat: (N, I, M, cells²) logits.

        Returns:
            (N, I, M, 2) their means in image coordinates (see `CameraGeometry`), and (N, I, M, 2)
            how sure they are: their mass on a logarithmic scale, and their peak's part of it.
        """
        part = torch.softmax(heat, dim=-1)
        points = torch.stack([(part * self.right).sum(-1), (part * self.down).sum(-1)], dim=-1)
        sure = torch.stack([0.1 * torch.logsumexp(heat, dim=-1), part.amax(-1)], dim=-1)
        return points, sure


class TargetEstimate(NamedTuple):
    """What was seen of the target in N moments.

    Attributes:
        targets: (N, 3) where it is taken to be, m.
        spread: (N,) logarithm of how far off that may be.
        heat: (N, K, cells²) each camera's map.
    """

    targets: Tensor
    spread: Tensor
    heat: Tensor


class Encoder(nn.Module):
    """Where the target is, from the images of one moment."""

    positions: Tensor
    rotations: Tensor
    slopes: Tensor
    centre: Tensor
    extent: Tensor

    def __init__(self, pinholes: CameraGeometry, size: int, workspace: Floats) -> None:
        """Makes an untrained one.

        Args:
            pinholes: The K cameras.
            size: Width and height of their images, px.
            workspace: (2, 3) the box that targets are in, m.
        """
        super().__init__()
        self.maps = HeatMaps(size, 1)
        cameras = len(pinholes.positions)
        self.cameras = cameras
        # For each camera and for the guess its weight; then the guess, and the spread.
        last = nn.Linear(_HIDDEN, cameras + 1 + 3 + 1)
        self.head = nn.Sequential(
            nn.Linear(4 * cameras, _HIDDEN),
            nn.ReLU(),
            nn.Linear(_HIDDEN, _HIDDEN),
            nn.ReLU(),
            last,
        )
        # At first every ray counts the same and the guess hardly.
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
        last.bias.data[cameras] = -4.0
        for name in ("positions", "rotations", "slopes"):
            values = torch.as_tensor(getattr(pinholes, name), dtype=torch.float32)
            self.register_buffer(name, values)
        lower, upper = torch.as_tensor(workspace, dtype=torch.float32)
        self.register_buffer("centre", (lower + upper) / 2)
        self.register_buffer("extent", (upper - lower) / 2)

    def forward(self, images: Tensor) -> TargetEstimate:
        """Looks at RGB images (N, K·3, H, W), values up to 255."""
        heat = self.maps(images)
        points, sure = (said[:, :, 0] for said in self.maps.locate(heat))
        said = self.head(torch.cat([points.flatten(1), sure.flatten(1)], dim=1))
        logarithms, guess, spread = said.split([self.cameras + 1, 3, 1], dim=1)
        weights = logarithms.clamp(-_LARGEST_LOGARITHM, _LARGEST_LOGARITHM).exp()
        return TargetEstimate(
            self._meet(points, weights, self.centre + self.extent * guess),
            spread[:, 0].clamp(-_LARGEST_SPREAD, _LARGEST_SPREAD),
            heat[:, :, 0],
        )

    def _meet(self, points: Tensor, weights: Tensor, guess: Tensor) -> Tensor:
        """Returns (N, 3) the points nearest to the rays and to a guess, by weighted least squares.

        Args:
            points: (N, K, 2) image coordinates of the rays.
            weights: (N, K + 1) of the rays and of the guess.
            guess: (N, 3), which also decides along a lone ray.
        """
        right, up = (points * torch.stack([self.slopes, -self.slopes], dim=1)).unbind(-1)
        seen = torch.stack([right, up, -torch.ones_like(right)], dim=-1)
        seen = seen / seen.square().sum(-1, keepdim=True).sqrt()
        rays = (self.rotations * seen[:, :, None, :]).sum(-1)
        unit = torch.eye(3, device=rays.device)
        across = weights[:, :-1, None, None] * (unit - rays[..., :, None] * rays[..., None, :])
        last = weights[:, -1:]
        matrix = across.sum(1) + last[..., None] * unit
        wanted = (across * self.positions[:, None, :]).sum((1, 3)) + last * guess
        # A 3 × 3 system by its adjugate: ONNX has no solver.
        a, b, c = matrix.unbind(1)
        rows = torch.stack([_cross(b, c), _cross(c, a), _cross(a, b)], dim=1)
        determinant = (a * rows[:, 0]).sum(1, keepdim=True)
        # The matrix is symmetric, and so is its inverse.
        return (rows * wanted[:, None, :]).sum(2) / determinant


def _cross(a: Tensor, b: Tensor) -> Tensor:
    """Returns the cross products of (N, 3) vectors; ONNX's exporter knows none."""
    x, y, z = a.unbind(1)
    u, v, w = b.unbind(1)
    return torch.stack([y * w - z * v, z * u - x * w, x * v - y * u], dim=1)


class Student(nn.Module):
    """A policy that is told where the target is, told so by an encoder's estimate.

    The target rests within an episode, so the estimates of the stacked moments are averaged, the
    surer ones counting more.
    """

    def __init__(
        self, encoder: Encoder, policy: nn.Module, interface: PolicyInterface, views: Views
    ) -> None:
        """Joins an encoder and a policy.

        Args:
            encoder: The encoder.
            policy: The policy of an SB3 algorithm trained on the same task, target seen.
            interface: Task, action and observation, without the target.
            views: What the student sees through.
        """
        super().__init__()
        self.encoder = encoder
        self.policy: Any = policy
        self._views = views
        seen = list(interface.observation_names)
        told = Observation(interface.robot, interface.task.observation)
        given = [*seen, *(f"{what}/{axis}" for what in _TOLD for axis in "xyz")]
        self._order = [given.index(name) for name in told.names]
        self._tool = [seen.index(f"tool/{axis}") for axis in "xyz"]
        scales = dict(zip(told.names, told.scale.tolist(), strict=True))
        self._scales = [scales[f"{what}/x"] for what in ("tool", *_TOLD)]

    def forward(self, observation: Tensor, images: Tensor) -> tuple[Tensor, Tensor]:
        """Returns actions (N, A) and where the targets are taken to be, (N, 3), m.

        Args:
            observation: (N, O).
            images: (N, S·K·3, H, W) as `FrameStack.frames`.
        """
        target = self.locate(images)
        tool, told, difference = self._scales
        away = target - observation[:, self._tool] / tool
        whole = torch.cat([observation, told * target, difference * away], dim=1)
        action = self.policy._predict(whole[:, self._order], deterministic=True)
        return torch.clamp(action, -1.0, 1.0), target

    def act(self, observations: NDArray[np.float32], frames: Frames) -> NDArray[np.float32]:
        """Returns actions (N, A) for `forward`'s observations and images."""
        with torch.no_grad():
            return self(torch.from_numpy(observations), torch.from_numpy(frames))[0].numpy()

    def locate(self, images: Tensor) -> Tensor:
        """Returns (N, 3) where the targets are taken to be, m, for `forward`'s images."""
        stack = self._views.stack
        channels, height, width = self._views.shape
        single = images.reshape(-1, channels // stack, height, width)
        seen = self.encoder(single)
        weights = torch.softmax(-seen.spread.reshape(-1, stack), dim=1)
        return (weights[..., None] * seen.targets.reshape(-1, stack, 3)).sum(1)


class ImageFeatures(BaseFeaturesExtractor):
    """What the end-to-end policy makes of images and state: the encoder's CNN, and nothing given.

    For SB3's MultiInputPolicy, with `normalize_images=False`.
    """

    def __init__(self, observation_space: gymnasium.spaces.Dict) -> None:
        """Prepares for {"images": (S·K·3, H, W), "state": (O,)}."""
        images, state = observation_space["images"], observation_space["state"]
        assert images.shape is not None and state.shape is not None
        features = images.shape[0] // 3 * _MAPS_END_TO_END * 4
        super().__init__(observation_space, features + state.shape[0])
        self.maps = HeatMaps(images.shape[1], _MAPS_END_TO_END)

    def forward(self, observations: dict[str, Tensor]) -> Tensor:
        """Returns (N, F) features."""
        points, sure = self.maps.locate(self.maps(observations["images"]))
        return torch.cat([points.flatten(1), sure.flatten(1), observations["state"]], dim=1)
