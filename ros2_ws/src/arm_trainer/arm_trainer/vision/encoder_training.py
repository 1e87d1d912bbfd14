"""How the encoder learns: moments seen by the acting teacher, and gradient steps on them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from stable_baselines3.common.base_class import BaseAlgorithm
from torch import Tensor

from arm_sim.robot.robot import Floats
from arm_trainer.backends.camera_views import Frames
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.vision.encoder import Encoder, TargetEstimate

# Control periods for which the arms act until all begin anew: long enough to reach the target and
# to hold it, where it is hardest to see, and often short, as every new target is worth a lot.
_LONGEST_ROUND = 25
# Of the actions, so that the arms are also seen where the teacher would not lead them.
_ACTION_NOISE = 0.3
_BATCH = 64
_LEARNING_RATE = 0.01
_WARM_UP = 0.15
_LARGEST_GRADIENT = 5.0
# What an error is measured in while learning, m.
_UNIT = 0.02


@dataclass(frozen=True)
class EncoderSamples:
    """What the cameras saw, and where the targets were.

    Attributes:
        images: (M, K·3, H, W) RGB.
        targets: (M, 3), m.
        pixels: (M, K, 2) where they are on the images; see `CameraGeometry`.
    """

    images: Frames
    targets: NDArray[np.float32]
    pixels: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.images)


def gather(
    episodes: BatchEnv,
    teacher: BaseAlgorithm,
    count: int,
    random: np.random.Generator,
    project: Callable[[Floats], Floats],
    on_progress: Callable[[int], None],
) -> EncoderSamples:
    """Lets the teacher act, and keeps what the cameras see.

    Args:
        episodes: The arms, with views of one frame, and observations that say where the target is.
        teacher: Who acts.
        count: M.
        random: Where starts, targets and the actions' noise are drawn from.
        project: Image coordinates (N, K, 2) of points (N, 3).
        on_progress: Called with the number of moments so far.
    """
    episodes.seed(random)
    arms = np.arange(episodes.num_arms)
    images: list[Frames] = []
    targets: list[Floats] = []
    left, seen = 0, 0
    while seen < count:
        if left == 0:
            left = int(random.integers(1, _LONGEST_ROUND + 1))
            episodes.reset(arms)
        else:
            actions = teacher.predict(episodes.observations, deterministic=True)[0]
            noise = random.normal(0.0, _ACTION_NOISE, actions.shape)
            episodes.step(np.clip(actions + noise, -1.0, 1.0))
        left -= 1
        assert episodes.frames is not None
        images.append(episodes.frames)
        targets.append(episodes.state.goal)
        seen += len(arms)
        on_progress(min(seen, count))
    where = np.concatenate(targets)[:count]
    return EncoderSamples(
        np.concatenate(images)[:count],
        where.astype(np.float32),
        project(where).astype(np.float32),
    )


class Learner:
    """Trains an encoder, an epoch at a time.

    Attributes:
        encoder: The encoder.
        epoch: Epochs done.
    """

    def __init__(self, encoder: Encoder, moments: int, epochs: int, seed: int) -> None:
        """Prepares for so many epochs of so many moments."""
        self.encoder = encoder
        self.epoch = 0
        self._seed = seed
        self._optimizer = torch.optim.Adam(encoder.parameters(), lr=_LEARNING_RATE)
        self._schedule = torch.optim.lr_scheduler.OneCycleLR(
            self._optimizer,
            _LEARNING_RATE,
            total_steps=epochs * -(-moments // _BATCH),
            pct_start=_WARM_UP,
        )

    def state(self) -> dict[str, Any]:
        """Returns all that an interrupted training needs to go on; `torch.save` takes it."""
        return {
            "epoch": self.epoch,
            "encoder": self.encoder.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "schedule": self._schedule.state_dict(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Goes on from where `state` was asked for."""
        self.encoder.load_state_dict(state["encoder"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._schedule.load_state_dict(state["schedule"])
        self.epoch = state["epoch"]

    def learn(self, moments: EncoderSamples, on_progress: Callable[[int, float], None]) -> None:
        """Goes once through the moments, in an order that follows from seed and epoch.

        Args:
            moments: What to learn from.
            on_progress: Called with the number of moments so far and the mean error of the last
                ones, m.
        """
        order = np.random.default_rng([self._seed, self.epoch]).permutation(len(moments))
        self.encoder.train()
        for begin in range(0, len(order), _BATCH):
            batch = np.sort(order[begin : begin + _BATCH])
            seen = self.encoder(torch.from_numpy(moments.images[batch]))
            targets = torch.from_numpy(moments.targets[batch])
            error = (seen.targets - targets).square().sum(1)
            loss = _loss(seen, error, torch.from_numpy(moments.pixels[batch]))
            self._optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.encoder.parameters(), _LARGEST_GRADIENT)
            self._optimizer.step()
            self._schedule.step()
            on_progress(begin + len(batch), float(error.detach().sqrt().mean()))
        self.epoch += 1


def _loss(seen: TargetEstimate, squared_error: Tensor, pixels: Tensor) -> Tensor:
    """Returns how wrong the estimates, their spreads and the maps are.

    An estimate may be off by what its spread says; to say little is not free of cost either. The
    maps are told where on the image the target is, hidden or not: without that, the first epochs
    would go by before a ray points anywhere near it.
    """
    distance = torch.sqrt(squared_error / _UNIT**2 + 1e-3)
    # Negative logarithm of a Laplace distribution's density.
    surprise = distance * torch.exp(-seen.spread) + seen.spread
    return surprise.mean() + 0.1 * distance.mean() + _map_loss(seen.heat, pixels)


def _map_loss(heat: Tensor, pixels: Tensor) -> Tensor:
    """Returns the cross-entropy of maps (N, K, cells²) with where the target is on each image.

    The target is given to the four cells about its place, in such parts that their mean is that
    very place. Places outside the image don't count.
    """
    cells = round(heat.shape[-1] ** 0.5)
    logarithms = torch.log_softmax(heat, dim=-1)
    place = (pixels + 1.0) / 2.0 * cells - 0.5
    inside = ((place >= 0.0) & (place <= cells - 1.0)).all(-1)
    place = place.clamp(0.0, cells - 1.001)
    column, row = place.floor().long().unbind(-1)
    right, down = (place - place.floor()).unbind(-1)
    total = torch.zeros_like(right)
    for below, part_down in ((0, 1.0 - down), (1, down)):
        for beside, part_right in ((0, 1.0 - right), (1, right)):
            cell = (row + below) * cells + column + beside
            total -= part_down * part_right * logarithms.gather(-1, cell[..., None])[..., 0]
    return (total * inside).mean()
