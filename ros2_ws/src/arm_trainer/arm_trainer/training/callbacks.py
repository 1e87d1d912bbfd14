"""Stable-Baselines3 callbacks of a training run: stop, progress bar, GPU memory."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import torch
from stable_baselines3.common.callbacks import BaseCallback
from torch.optim.optimizer import register_optimizer_step_pre_hook
from tqdm import tqdm

from arm_sim.common.command import Stopped
from arm_trainer.evaluation.outcomes import Outcomes


class StopRequested(BaseCallback):
    """Ends the training after the control period in which an event is set."""

    def __init__(self, stop: threading.Event) -> None:
        super().__init__()
        self._stop = stop

    def _on_step(self) -> bool:
        return not self._stop.is_set()


@contextmanager
def stop_between_gradient_steps(stop: threading.Event) -> Iterator[None]:
    """Ends an update between two gradient steps when `stop` is set.

    Callbacks are not called within an update, and with images one takes up to a minute.

    Raises:
        Stopped: From within PyTorch's optimizers, if `stop` is set.
    """

    def check(*_: Any) -> None:
        if stop.is_set():
            raise Stopped

    hook = register_optimizer_step_pre_hook(check)
    try:
        yield
    finally:
        hook.remove()


class Evaluations(Protocol):
    """The evaluations of a training, of which the last one is shown."""

    last: Outcomes | None


class ProgressBar(BaseCallback):
    """A progress bar with rate, time left and success in a row of the last evaluation."""

    def __init__(self, steps: int, evaluations: Evaluations) -> None:
        """Prepares a bar that is full after `steps` steps; it is shown when learning begins."""
        super().__init__()
        self._steps, self._evaluations = steps, evaluations
        self._bar: Any = None

    def close(self) -> None:
        """Ends the bar's line, so that the next output stands below it."""
        if self._bar is not None:
            self._bar.close()

    def _on_training_start(self) -> None:
        self._bar = tqdm(
            total=self._steps,
            initial=self.num_timesteps,
            unit="step",
            unit_scale=True,
            smoothing=0.1,
        )

    def _on_step(self) -> bool:
        self._bar.update(min(self.num_timesteps, self._steps) - self._bar.n)
        return True

    def _on_rollout_end(self) -> None:
        if (outcomes := self._evaluations.last) is not None:
            self._bar.set_postfix(in_a_row=f"{outcomes.interval.rate:.0%}", refresh=False)

    def _on_training_end(self) -> None:
        self.close()


class RecordGpuMemory(BaseCallback):
    """Writes the GPU memory in use to TensorBoard after each rollout."""

    def _on_step(self) -> bool:
        return True

    def _on_rollout_end(self) -> None:
        self.logger.record("gpu/memory_mib", torch.cuda.memory_allocated() / 2**20)
