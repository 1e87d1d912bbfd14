"""Runs one training: environment, learning, evaluation, checkpoints and export."""

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Any

import torch
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import configure
from stable_baselines3.common.on_policy_algorithm import OnPolicyAlgorithm

from arm_sim.common.atomic_files import write_text
from arm_sim.common.command import Stopped
from arm_sim.common.errors import UserError
from arm_trainer.algorithms.device import choose_device
from arm_trainer.algorithms.model import make_model
from arm_trainer.algorithms.registry import find_algorithm
from arm_trainer.backends.backend import Backend, SimulatorLost
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.envs.sb3_vec_env import ArmVecEnv
from arm_trainer.evaluation.judgement import Judgement
from arm_trainer.evaluation.outcomes import Outcomes
from arm_trainer.training.callbacks import (
    ProgressBar,
    RecordGpuMemory,
    StopRequested,
    stop_between_gradient_steps,
)
from arm_trainer.training.checkpoint import load_checkpoint
from arm_trainer.training.config import TrainingSettings, to_yaml
from arm_trainer.training.csv_logs import keep_rows_until
from arm_trainer.training.demonstrations import imitate_demonstrations
from arm_trainer.training.evaluate_and_checkpoint import EvaluateAndCheckpoint
from arm_trainer.training.evaluation_env import make_evaluation_env
from arm_trainer.training.results import write_results
from arm_trainer.training.run_folder import RunFolder

Log = Callable[[str], None]


@dataclass(frozen=True)
class TrainingResult:
    """Result of a training run.

    Attributes:
        run: The run's folder.
        steps: Steps taken in all, those before an interruption included.
        seconds: Wall time of this call's learning, evaluations included.
        steps_per_second: Steps of this call per second of its learning.
        outcomes: The last evaluation; None if the training was stopped before the first.
        judgement: The judgement of the policy bundle; None if the training was stopped.
        finished: Whether it was trained to the end; False if it was stopped.
    """

    run: RunFolder
    steps: int
    seconds: float
    steps_per_second: float
    outcomes: Outcomes | None
    judgement: Judgement | None
    finished: bool


def train(
    settings: TrainingSettings,
    run: RunFolder,
    make_backend: Callable[[PolicyInterface], Backend],
    *,
    resume: bool = False,
    stop: threading.Event | None = None,
    options: Mapping[str, Any] | None = None,
    log: Log = print,
) -> TrainingResult:
    """Trains a policy, or resumes an interrupted training.

    Args:
        settings: The settings; a new run's folder gets a copy.
        run: The run's folder.
        make_backend: Connects to the arms for a task and its action; closed at the end.
        resume: Whether to resume from the run's newest complete checkpoint.
        stop: When set, the training ends with a checkpoint.
        options: Further keyword arguments of the Stable-Baselines3 algorithm, for a policy that
            sees.
        log: Called with lines for the user.

    Raises:
        SimulatorLost: If the arms can't be reached any more; a checkpoint is saved before.
        UserError: If a setting is wrong, or a file can't be written.
    """
    stop = stop or threading.Event()
    algorithm, vision = find_algorithm(settings.algorithm), settings.vision
    device, reason = choose_device(algorithm, settings.device)
    robot = settings.source.load()
    interface = settings.interface(robot, target_in_observation=vision is None)
    views = None if vision is None else vision.views(robot)
    if not resume:
        write_text(run.settings, to_yaml(settings))
        if changes := settings.source.changes:
            write_text(run.scene_changes, changes + "\n")
    log(f"Run folder {run.path}")
    log(f"{algorithm.label} on {device} ({reason})")
    with ExitStack() as opened:
        env = ArmVecEnv(BatchEnv(interface, make_backend(interface), views=views))
        opened.callback(env.close)
        env.seed(settings.seed)
        if resume:
            label, model = load_checkpoint(run, env, device)
            log(f"Resuming after {model.num_timesteps:,} steps")
            keep_rows_until(run.evaluations, "steps", model.num_timesteps)
        else:
            label, model = 0, _untrained(settings, env, device, options)
            if settings.demonstrations:
                _imitate(model, env, settings, stop)
        model.set_logger(configure(str(run.path), ["tensorboard"]))
        before = model.num_timesteps
        evaluation_env = make_evaluation_env(settings, interface, views)
        opened.callback(evaluation_env.backend.close)
        evaluator = EvaluateAndCheckpoint(
            settings, run, env, evaluation_env, stop, checkpointed=label, evaluated=before
        )
        # `learn` does this as well, but is not called for a run without any step left.
        evaluator.init_callback(model)
        evaluator.num_timesteps = before
        progress = ProgressBar(settings.steps, evaluator)
        opened.callback(progress.close)
        callbacks: list[BaseCallback] = [StopRequested(stop), progress, evaluator]
        if device == "cuda":
            callbacks.append(RecordGpuMemory())
        began = time.monotonic()
        try:
            _learn(model, settings.steps - before, callbacks, stop, resume)
        except SimulatorLost:
            evaluator.save_checkpoint()
            raise
        seconds = time.monotonic() - began
        finished, judgement = not stop.is_set(), None
        if finished:
            evaluator.finish()
            judgement = write_results(settings, run, interface, views, evaluator, log)
        else:
            evaluator.save_checkpoint()
    if device == "cuda":
        peak = torch.cuda.max_memory_allocated() / 2**20
        log(f"{torch.cuda.get_device_name()}: at most {peak:.0f} MiB were in use")
    speed = (model.num_timesteps - before) / max(seconds, 1e-9)
    return TrainingResult(
        run, model.num_timesteps, seconds, speed, evaluator.last, judgement, finished
    )


def _untrained(
    settings: TrainingSettings, env: ArmVecEnv, device: str, options: Mapping[str, Any] | None
) -> BaseAlgorithm:
    """Returns a new model; raises `UserError` if the settings don't go together."""
    try:
        return make_model(
            find_algorithm(settings.algorithm),
            settings.learner_settings(),
            env,
            seed=settings.seed,
            device=device,
            options=options,
        )
    except (AssertionError, ValueError) as error:  # How Stable-Baselines3 refuses a setting.
        raise UserError(f"Stable-Baselines3 refuses the settings: {error}") from error


def _imitate(
    model: BaseAlgorithm, env: ArmVecEnv, settings: TrainingSettings, stop: threading.Event
) -> None:
    """Lets a new model imitate its task's demonstrations first."""
    assert isinstance(model, OnPolicyAlgorithm), "the settings say so"
    imitate_demonstrations(model, env.batch, settings.demonstrations, settings.seed, stop)


def _learn(
    model: BaseAlgorithm,
    steps: int,
    callbacks: list[BaseCallback],
    stop: threading.Event,
    resume: bool,
) -> None:
    """Learns for so many more steps, or until `stop` is set."""
    if steps <= 0:
        return
    with suppress(Stopped), stop_between_gradient_steps(stop):
        model.learn(
            steps,
            callbacks,
            log_interval=_log_interval(model),
            reset_num_timesteps=not resume,
        )


def _log_interval(model: BaseAlgorithm) -> int:
    """Returns the interval between two rows in TensorBoard: about every thousand steps.

    On-policy algorithms count it in updates, off-policy ones in episodes.
    """
    if isinstance(model, OnPolicyAlgorithm):
        return max(1, round(1000 / (model.n_steps * model.n_envs)))
    return 16
