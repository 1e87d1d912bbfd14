"""Training of a vision policy by distillation: teacher, samples, encoder, evaluation, export.

The privileged teacher is an SB3 algorithm that observes the target's position; it has a run folder
of its own within the run's. It acts again with the cameras on, and the encoder learns the target's
position from these images. The vision policy is the teacher acting on the encoder's estimates.
Every phase can be resumed; its time and samples are recorded in phases.csv.
"""

import contextlib
import dataclasses
import threading
import time
from collections.abc import Callable

import numpy as np
import torch
from stable_baselines3.common.base_class import BaseAlgorithm

from arm_sim.common.atomic_files import atomic_write, write_text
from arm_sim.common.command import Stopped
from arm_trainer.backends.backend import Backend
from arm_trainer.backends.camera_views import Views
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.evaluation.judgement import Judgement
from arm_trainer.evaluation.outcomes import Outcomes
from arm_trainer.evaluation.rollout import run_episodes
from arm_trainer.tasks.seeding import selection_generator, training_generator
from arm_trainer.training.checkpoint import load_model
from arm_trainer.training.config import TrainingSettings, to_yaml
from arm_trainer.training.csv_logs import (
    keep_rows_until,
    read_evaluations,
    row_of,
    write_rows,
)
from arm_trainer.training.evaluation_env import make_evaluation_env
from arm_trainer.training.run_folder import RunFolder
from arm_trainer.training.trainer import TrainingResult, train
from arm_trainer.vision.camera_geometry import find_camera_geometry
from arm_trainer.vision.encoder import Encoder
from arm_trainer.vision.encoder_dataset import EncoderSamples, collect_samples
from arm_trainer.vision.encoder_training import EncoderTrainer
from arm_trainer.vision.phase_progress import PhaseProgress
from arm_trainer.vision.run_results import write_results
from arm_trainer.vision.vision_policy import VisionPolicy

MakeBackend = Callable[[PolicyInterface, Views | None], Backend]


def teacher_run(run: RunFolder) -> RunFolder:
    """Returns the run folder of a run's teacher."""
    return RunFolder(run.path / "teacher", run.algorithm)


def train_vision_policy(
    settings: TrainingSettings,
    run: RunFolder,
    make_backend: MakeBackend,
    *,
    resume: bool = False,
    stop: threading.Event | None = None,
    log: Callable[[str], None] = print,
) -> TrainingResult:
    """Trains a policy that finds the target in camera images, or resumes such a training.

    Args:
        settings: The resolved settings, with `vision`.
        run: The run's folder.
        make_backend: Makes a backend for a task, with the views given or without cameras; closed
            at the end of its phase.
        resume: Whether to resume in the phase that was interrupted.
        stop: When set, the training stops; what its phase has trained so far is kept.
        log: Gets progress messages, one line each.

    Raises:
        SimulatorLost: If the connection to the arms is lost.
        UserError: If a setting is wrong, or a file can't be written.
    """
    stop = stop or threading.Event()
    return _Distillation(settings, run, make_backend, stop, log).run_phases(resume)


class _Distillation:
    """Runs the phases of one training, each a method."""

    def __init__(
        self,
        settings: TrainingSettings,
        run: RunFolder,
        make_backend: MakeBackend,
        stop: threading.Event,
        log: Callable[[str], None],
    ) -> None:
        assert settings.vision is not None
        self._settings, self._vision = settings, settings.vision
        self._run, self._make_backend, self._stop, self._log = run, make_backend, stop, log
        robot = settings.source.load()
        self._privileged_interface = settings.interface(robot)
        self._vision_interface = settings.interface(robot, target_in_observation=False)
        self._views = self._vision.views(robot)
        self._cameras = find_camera_geometry(robot, self._views.cameras)
        self._encoder_file = run.path / "encoder.pt"
        self._progress = PhaseProgress(run.path / "phases.csv", stop)
        self._outcomes: Outcomes | None = None
        self._judgement: Judgement | None = None
        self._steps = 0

    def run_phases(self, resume: bool) -> TrainingResult:
        """Runs the phases that are not done yet; stops early when asked to."""
        began = time.monotonic()
        if not resume:
            write_text(self._run.settings, to_yaml(self._settings))
        self._log(f"Run folder {self._run.path}")
        try:
            self._train_policy(self._train_teacher())
            finished = True
        except Stopped:
            finished = False
        seconds = time.monotonic() - began
        speed = self._steps / max(seconds, 1e-9)
        return TrainingResult(
            self._run, self._steps, seconds, speed, self._outcomes, self._judgement, finished
        )

    def _train_teacher(self) -> BaseAlgorithm:
        """Trains the teacher, or resumes its training, unless it is finished."""
        run = teacher_run(self._run)
        settings = dataclasses.replace(self._settings, vision=None)  # type: ignore[type-var]
        if not run.final_model.is_file():
            self._log("Teacher: trains with the target's position in the observation")
            with self._progress.records.phase("teacher") as samples:
                result = train(
                    settings,
                    run,
                    lambda interface: self._make_backend(interface, None),
                    resume=bool(run.checkpoints()),
                    stop=self._stop,
                    log=self._log,
                )
                before, _ = self._progress.records.totals().get("teacher", (0, 0.0))
                samples.append(result.steps - before)
            if not result.finished:
                raise Stopped
        self._steps = settings.steps
        return load_model(run.best_model, settings.algorithm)

    def _train_policy(self, teacher: BaseAlgorithm) -> None:
        """Trains the encoder for the epochs that are left, and writes the final files."""
        trainer = self._restore_trainer()
        policy = VisionPolicy(
            trainer.encoder, teacher.policy, self._vision_interface, self._views
        ).eval()
        samples = None
        if trainer.epoch < self._vision.epochs:
            # A resumed run collects the same samples again: that is faster than storing them.
            samples = self._collect_samples(teacher)
        env = make_evaluation_env(self._settings, self._vision_interface, self._views)
        with contextlib.closing(env.backend):
            if samples is not None:
                self._train_encoder(trainer, samples, policy, env)
            self._judgement = write_results(policy, env, self._settings, self._run, self._log)
        for name, (count, seconds) in self._progress.records.totals().items():
            self._log(f"{name:12}{seconds:8.1f} s{count:12,} samples")

    def _restore_trainer(self) -> EncoderTrainer:
        """Makes an encoder and its trainer, as last saved if the run has saved any."""
        torch.manual_seed(self._settings.seed)
        workspace = self._privileged_interface.robot.workspace
        encoder = Encoder(self._cameras, self._views.size, workspace)
        trainer = EncoderTrainer(
            encoder, self._vision.frames, self._vision.epochs, self._settings.seed
        )
        if (file := self._encoder_file).is_file():
            trainer.load_state_dict(torch.load(file, weights_only=True))
        # The run may have been killed between an evaluation and the saving of its epoch.
        keep_rows_until(self._run.evaluations, "epoch", trainer.epoch)
        return trainer

    def _collect_samples(self, teacher: BaseAlgorithm) -> EncoderSamples:
        self._log("Frames: collects camera images while the teacher acts")
        views = dataclasses.replace(self._views, stack=1)
        backend = self._make_backend(self._privileged_interface, views)
        count = self._vision.frames
        with self._progress.phase("frames", count, "sample") as progress:
            try:
                samples = collect_samples(
                    BatchEnv(self._privileged_interface, backend, views=views),
                    teacher,
                    count,
                    training_generator(self._settings.seed),
                    self._cameras.project,
                    progress.advance,
                )
            finally:
                backend.close()
            progress.samples = count
        self._steps += count
        return samples

    def _train_encoder(
        self, trainer: EncoderTrainer, samples: EncoderSamples, policy: VisionPolicy, env: BatchEnv
    ) -> None:
        """Trains and evaluates for each epoch that is left, then saves the trainer's state."""
        self._log("Encoder: learns the target's position from the images")
        while trainer.epoch < self._vision.epochs:
            error = self._train_epoch(trainer, samples)
            self._evaluate(policy, env, trainer.epoch, error)
            with atomic_write(self._encoder_file) as temporary:
                torch.save(trainer.state_dict(), temporary)

    def _train_epoch(self, trainer: EncoderTrainer, samples: EncoderSamples) -> float:
        """Returns the mean position error over the epoch's last tenth, m."""
        errors: list[float] = []
        with self._progress.phase("encoder", len(samples), "sample") as progress:

            def on_progress(done: int, error: float) -> None:
                errors.append(error)
                progress.advance(done, error=f"{1000 * error:.1f} mm")

            trainer.train_epoch(samples, on_progress)
            progress.samples = len(samples)
        return float(np.mean(errors[-max(1, len(errors) // 10) :]))

    def _evaluate(self, policy: VisionPolicy, env: BatchEnv, epoch: int, error: float) -> None:
        """Evaluates the policy on unseen targets, and adds a row to evaluations.csv."""
        count = self._settings.evaluation_episodes
        with self._progress.phase("evaluation", count, "episode") as progress:
            outcomes = run_episodes(
                env,
                policy.act,
                count,
                selection_generator(),
                lambda done, _: progress.advance(done),
                in_a_row=True,
            )
            progress.samples = int(outcomes.periods.sum())
        self._outcomes = outcomes
        self._log(f"Epoch {epoch}: error {1000 * error:.1f} mm, in a row {outcomes.interval}")
        row = row_of(outcomes, epoch=epoch, error=f"{error:.5f}")
        write_rows(self._run.evaluations, [*read_evaluations(self._run.evaluations), row])
