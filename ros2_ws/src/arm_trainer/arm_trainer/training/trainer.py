"""Training: one run from settings to run folder. SB3 learns; this brings arms and keeps the books.

Where the arms are (over ROS or in this process) is the caller's choice of backend.
"""

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from stable_baselines3 import SAC
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback, CallbackList
from stable_baselines3.common.logger import configure
from stable_baselines3.common.on_policy_algorithm import OnPolicyAlgorithm
from torch.optim.optimizer import register_optimizer_step_pre_hook
from tqdm import tqdm

from arm_sim.common.atomic_files import write_text
from arm_sim.common.command import Stopped
from arm_sim.common.errors import UserError
from arm_sim.robot.loader import load_robot
from arm_trainer.algorithms.registry import choose_device, make_model
from arm_trainer.backends.backend import Backend, SimulatorLost
from arm_trainer.backends.camera_views import Frames, Views
from arm_trainer.backends.in_process import InProcessBackend
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.envs.sb3_vec_env import ArmVecEnv
from arm_trainer.evaluation.outcomes import Outcomes
from arm_trainer.evaluation.plots import draw_curve
from arm_trainer.evaluation.rollout import run_episodes
from arm_trainer.policies.onnx_export import export_bundle
from arm_trainer.tasks.reach import Reach
from arm_trainer.tasks.seeding import selection_generator
from arm_trainer.training.checkpoint import load_checkpoint, load_model, save_checkpoint, save_model
from arm_trainer.training.config import TrainingSettings, to_yaml
from arm_trainer.training.csv_logs import keep_rows_until, quality, read_rows, row_of, write_rows
from arm_trainer.training.malloc import keep_freed_memory
from arm_trainer.training.run_folder import RunFolder

# Targets that an arm goes to one after the other in an evaluation: a deployed arm is not put back
# between targets, and a policy that does well from fresh starts may get lost on the way.
_IN_A_ROW = 5
# More arms at once than this gain nothing on a few cores; with cameras their frames would not fit
# the caches.
_EVALUATION_ARMS = 100
_SEEING_ARMS = 20


@dataclass(frozen=True)
class TrainingResult:
    """What a training came to.

    Attributes:
        run: Its folder.
        steps: Steps taken in all, an interrupted run's earlier ones included.
        seconds: Wall time of this call's learning, evaluations included.
        steps_per_second: Of this call.
        outcomes: The last evaluation; None if it was stopped before there was one.
        finished: False if it was stopped early.
    """

    run: RunFolder
    steps: int
    seconds: float
    steps_per_second: float
    outcomes: Outcomes | None
    finished: bool


def train(
    settings: TrainingSettings,
    run: RunFolder,
    make_backend: Callable[[PolicyInterface], Backend],
    *,
    resume: bool = False,
    stop: threading.Event | None = None,
    show: Callable[[str], None] = print,
) -> TrainingResult:
    """Trains, or goes on with an interrupted training.

    Args:
        settings: The resolved settings, of which a new run's folder gets a copy.
        run: The run's folder.
        make_backend: Makes the arms for the task; closed at the end.
        resume: Whether to go on from the run's newest complete checkpoint.
        stop: When set, the training stops with a checkpoint.
        show: Takes lines for the person watching.

    Returns:
        What it came to.

    Raises:
        SimulatorLost: If the arms can't be reached any more; a checkpoint is saved before.
        UserError: If a setting is wrong, or a file can't be written.
    """
    stop = stop or threading.Event()
    device, reason = choose_device(settings)
    torch.set_num_threads(1)  # The networks are small; threads cost more than they give.
    robot, vision = load_robot(settings.model), settings.vision
    task = PolicyInterface(Reach(robot, settings.reach), target_in_observation=vision is None)
    views = None if vision is None else vision.views(robot)
    if views is not None:
        keep_freed_memory()
    if not resume:
        write_text(run.settings, to_yaml(settings))
    show(f"Run folder {run.path}")
    show(f"{settings.algorithm.upper()} on {device} ({reason})")
    backend = make_backend(task)
    env = ArmVecEnv(BatchEnv(task, backend, views=views))
    bar = _Bar(settings.steps)
    try:
        env.seed(settings.seed)
        if resume:
            labelled, model = load_checkpoint(run, env, device)
            show(f"Resuming after {model.num_timesteps:,} steps")
            keep_rows_until(run.evaluations, "steps", model.num_timesteps)
        else:
            try:
                labelled, model = 0, make_model(settings, env, device)
            except (AssertionError, ValueError) as error:  # SB3's way to refuse a setting.
                raise UserError(f"Stable-Baselines3 refuses the settings: {error}") from error
        model.set_logger(configure(str(run.path), ["tensorboard"]))
        books = _Books(settings, run, task, env, labelled, model.num_timesteps, stop, show)
        # Also where nothing is left to learn, the books are closed.
        books.init_callback(model)
        books.num_timesteps = model.num_timesteps
        watcher = _Watcher(stop, device)
        began, before = time.monotonic(), model.num_timesteps
        remaining = settings.steps - before
        if remaining > 0:
            callbacks = CallbackList([watcher, bar, books])
            try:
                with _stopped_amid_updates(stop):
                    model.learn(
                        remaining,
                        callbacks,
                        log_interval=_log_interval(model),
                        reset_num_timesteps=not resume,
                    )
            except Stopped:
                pass
            except SimulatorLost:
                books.finish(False)
                raise
        seconds = time.monotonic() - began
        finished = not stop.is_set()
        books.finish(finished)
    finally:
        bar.close()
        env.close()
    if device == "cuda":
        peak = torch.cuda.max_memory_allocated() / 2**20
        show(f"{torch.cuda.get_device_name()}: at most {peak:.0f} MiB were in use")
    speed = (model.num_timesteps - before) / max(seconds, 1e-9)
    return TrainingResult(run, model.num_timesteps, seconds, speed, books.last, finished)


@contextmanager
def _stopped_amid_updates(stop: threading.Event) -> Iterator[None]:
    """Ends an update when told to stop, between two gradient steps: with images it takes a minute.

    Raises:
        Stopped: Within PyTorch's optimizers, if `stop` is set.
    """

    def check(*_: Any) -> None:
        if stop.is_set():
            raise Stopped

    hook = register_optimizer_step_pre_hook(check)
    try:
        yield
    finally:
        hook.remove()


def evaluation_episodes(
    settings: TrainingSettings, task: PolicyInterface, views: Views | None
) -> BatchEnv:
    """Returns arms in this process that a training is evaluated on."""
    most = _EVALUATION_ARMS if views is None else _SEEING_ARMS
    arms = min(math.ceil(settings.evaluation_episodes / _IN_A_ROW), most)
    looks = settings.appearance(unseen=True)
    backend = InProcessBackend(task.robot, arms, task.control_period, views=views, appearance=looks)
    return BatchEnv(task, backend, views=views)


def _observation(observations: NDArray[np.float32], frames: Frames | None = None) -> Any:
    """Returns what a model predicts on, as its environment gives it."""
    return observations if frames is None else {"images": frames, "state": observations}


def _log_interval(model: BaseAlgorithm) -> int:
    """Updates (SAC: episodes) between two rows in TensorBoard: about every thousand steps."""
    if isinstance(model, OnPolicyAlgorithm):
        return max(1, round(1000 / (model.n_steps * model.n_envs)))
    return 16


class _Bar(BaseCallback):
    """A progress bar with rate, time left and success so far."""

    def __init__(self, steps: int) -> None:
        super().__init__()
        self._steps = steps
        self._bar: Any = None

    def close(self) -> None:
        """Leaves the bar as it is, so that what is printed next stands below it."""
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
        assert self._bar is not None
        self._bar.update(min(self.num_timesteps, self._steps) - self._bar.n)
        return True

    def _on_rollout_end(self) -> None:
        assert self._bar is not None
        if self.model.ep_success_buffer:
            success = np.mean(self.model.ep_success_buffer)
            self._bar.set_postfix(success=f"{success:.0%}", refresh=False)

    def _on_training_end(self) -> None:
        self.close()


class _Watcher(BaseCallback):
    """Ends the training when it is told to; notes the GPU's memory."""

    def __init__(self, stop: threading.Event, device: str) -> None:
        super().__init__()
        self._stop = stop
        self._cuda = device == "cuda"

    def _on_step(self) -> bool:
        return not self._stop.is_set()

    def _on_rollout_end(self) -> None:
        if self._cuda:
            self.logger.record("gpu/memory_mib", torch.cuda.memory_allocated() / 2**20)


class _Books(BaseCallback):
    """Evaluates, keeps the best model, saves checkpoints; between two updates, never within one."""

    def __init__(
        self,
        settings: TrainingSettings,
        run: RunFolder,
        task: PolicyInterface,
        env: ArmVecEnv,
        labelled: int,
        evaluated: int,
        stop: threading.Event,
        show: Callable[[str], None],
    ) -> None:
        super().__init__()
        self._stop = stop
        self._settings = settings
        self._show = show
        self._run = run
        self._task = task
        self._env = env
        self._checkpointed = labelled
        self._evaluated = evaluated
        self._rows = read_rows(run.evaluations)
        self.last: Outcomes | None = None
        # In-process: the same numbers as over ROS, to the bit, and the training's arms are left
        # alone.
        self._views = env.views
        self._episodes = evaluation_episodes(settings, task, self._views)

    def _on_step(self) -> bool:
        return True

    def _on_rollout_start(self) -> None:
        steps = self.num_timesteps
        every = self._settings.evaluate_every
        if steps // every > self._evaluated // every:
            self._evaluated = steps
            self._evaluate(self._stop)
        self._checkpoint_if_due()

    def _checkpoint_if_due(self) -> None:
        steps, every = self.num_timesteps, self._settings.checkpoint_every
        if steps // every > self._checkpointed // every:
            self._checkpointed = steps
            save_checkpoint(self.model, self._run, steps // every * every, self._env)

    def finish(self, finished: bool) -> None:
        """Evaluates once more and writes the final files; only a checkpoint if stopped early."""
        if not finished:
            save_checkpoint(self.model, self._run, self.num_timesteps, self._env)
            return
        if self.last is None or self._evaluated != self.num_timesteps:
            self._evaluate()
        self._checkpoint_if_due()
        save_model(self.model, self._run.final_model)
        # The policy that is deployed is the best one, not the last.
        best = load_model(self._run.best_model, self._settings.algorithm)
        difference = export_bundle(best, self._task, self._run.bundle, self._summary(), self._views)
        self._show(f"ONNX Runtime's actions differ from PyTorch's by at most {difference:.1e}")
        title = f"{self._settings.algorithm.upper()}, {self._task.robot.name}"
        draw_curve(self._run.evaluations, self._run.curve, title)

    def _evaluate(self, stop: threading.Event | None = None) -> None:
        def on_progress(*_: int) -> None:
            if stop is not None and stop.is_set():
                raise Stopped

        model = self.model
        # SB3 seeds PyTorch once; an evaluation draws nothing from it, so the training goes on
        # unchanged.
        outcomes = run_episodes(
            self._episodes,
            lambda *seen: model.predict(_observation(*seen), deterministic=True)[0],
            self._settings.evaluation_episodes,
            selection_generator(),
            on_progress,
            in_a_row=_IN_A_ROW,
        )
        self.last = outcomes
        row = row_of(outcomes, steps=self.num_timesteps)
        best = all(quality(row) > quality(other) for other in self._rows)
        self._rows = [other for other in self._rows if int(other["steps"]) != row["steps"]]
        self._rows.append(row)
        write_rows(self._run.evaluations, self._rows)
        if best:
            save_model(model, self._run.best_model)
        model.logger.record("eval/success_rate", outcomes.interval.rate)
        for name, values in outcomes.metrics.items():
            model.logger.record(f"eval/mean_{name}", float(values.mean()))
        model.logger.record("eval/time_to_reach", outcomes.time_to_reach)
        if isinstance(model, SAC) and self._views is None:
            self._record_entropy(model)
        model.logger.dump(self.num_timesteps)

    def _record_entropy(self, model: SAC) -> None:
        """SB3 logs SAC's entropy coefficient but not the entropy; estimated on what was seen."""
        seen = model.replay_buffer
        assert seen is not None
        rows = seen.observations[: seen.size()].reshape(-1, seen.observations.shape[-1])[-256:]
        with torch.no_grad(), torch.random.fork_rng():
            observations = torch.as_tensor(rows, device=model.device)
            _, log_probability = model.actor.action_log_prob(observations)
        model.logger.record("train/entropy", -float(log_probability.mean()))

    def _summary(self) -> dict[str, Any]:
        best = max(self._rows, key=quality)
        return {
            "algorithm": self._settings.algorithm,
            "run": self._run.path.name,
            "seed": self._settings.seed,
            "steps": int(best["steps"]),
            "success": float(best["success"]),
            "evaluation_episodes": self._settings.evaluation_episodes,
        }
