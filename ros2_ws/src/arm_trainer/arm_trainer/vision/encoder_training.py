"""EncoderTrainer: supervised training of the encoder, with a state that can be saved."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from arm_trainer.vision.encoder import Encoder
from arm_trainer.vision.encoder_dataset import EncoderSamples
from arm_trainer.vision.encoder_loss import encoder_loss

_BATCH = 64
_LEARNING_RATE = 0.01
# Fraction of the gradient steps in which the learning rate rises.
_WARM_UP = 0.15
_MAX_GRADIENT_NORM = 5.0


class EncoderTrainer:
    """Trains an encoder, one epoch at a call.

    Attributes:
        encoder: The encoder.
        epoch: Epochs done.
    """

    def __init__(self, encoder: Encoder, num_samples: int, epochs: int, seed: int) -> None:
        """Makes the optimizer and its learning-rate schedule.

        Args:
            encoder: The encoder.
            num_samples: Samples of an epoch.
            epochs: Epochs of the whole training.
            seed: Determines the order of the samples.
        """
        self.encoder = encoder
        self.epoch = 0
        self._seed = seed
        self._optimizer = torch.optim.Adam(encoder.parameters(), lr=_LEARNING_RATE)
        self._schedule = torch.optim.lr_scheduler.OneCycleLR(
            self._optimizer,
            _LEARNING_RATE,
            total_steps=epochs * -(-num_samples // _BATCH),
            pct_start=_WARM_UP,
        )

    def state_dict(self) -> dict[str, Any]:
        """Returns all that is needed to resume the training, for `torch.save`."""
        return {
            "epoch": self.epoch,
            "encoder": self.encoder.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "schedule": self._schedule.state_dict(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Resumes from what `state_dict` returned."""
        self.encoder.load_state_dict(state["encoder"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._schedule.load_state_dict(state["schedule"])
        self.epoch = state["epoch"]

    def train_epoch(
        self, samples: EncoderSamples, on_progress: Callable[[int, float], None]
    ) -> None:
        """Trains on all samples once, in an order that the seed and the epoch determine.

        Args:
            samples: The samples.
            on_progress: Called after each gradient step with the number of samples so far and the
                mean position error of the batch, m.
        """
        order = np.random.default_rng([self._seed, self.epoch]).permutation(len(samples))
        self.encoder.train()
        for begin in range(0, len(order), _BATCH):
            batch = np.sort(order[begin : begin + _BATCH])
            estimate = self.encoder(torch.from_numpy(samples.images[batch]))
            targets = torch.from_numpy(samples.targets[batch])
            squared_error = (estimate.positions - targets).square().sum(1)
            image_points = torch.from_numpy(samples.image_points[batch])
            loss = encoder_loss(estimate, squared_error, image_points)
            self._optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.encoder.parameters(), _MAX_GRADIENT_NORM)
            self._optimizer.step()
            self._schedule.step()
            on_progress(begin + len(batch), float(squared_error.detach().sqrt().mean()))
        self.epoch += 1
