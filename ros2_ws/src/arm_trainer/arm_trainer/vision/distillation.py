"""Training a policy that sees: a teacher that is told, an encoder that looks, a student of both.

The teacher is an SB3 algorithm trained on state, in a run folder of its own within the run's. It
acts once more with the cameras on, and from what they see then the encoder learns where the target
is. The student is the teacher acting on the encoder's estimates. Every phase is resumable, and
its time and samples are in phases.csv.
"""

import dataclasses
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from stable_baselines3.common.base_class import BaseAlgorithm
from tqdm import tqdm

from arm_sim.common.atomic_files import atomic_write, write_text
from arm_sim.common.command import Stopped
from arm_sim.robot.robot import load_robot
from arm_trainer.backends.backend import Backend
from arm_trainer.backends.camera_views import Views
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.evaluation.outcomes import Outcomes
from arm_trainer.evaluation.plots import draw_curve
from arm_trainer.evaluation.rollout import run_episodes
from arm_trainer.policies.onnx_export import export_bundle
from arm_trainer.tasks.reach import Reach
from arm_trainer.tasks.seeding import selection_generator, training_generator
from arm_trainer.training.checkpoint import load_model
from arm_trainer.training.config import TrainingSettings, to_yaml
from arm_trainer.training.csv_logs import keep_rows_until, read_rows, row_of, write_rows
from arm_trainer.training.malloc import keep_freed_memory
from arm_trainer.training.phases import Phases
from arm_trainer.training.run_folder import RunFolder
from arm_trainer.training.trainer import TrainingResult, evaluation_episodes, train
from arm_trainer.vision.camera_geometry import find_camera_geometry
from arm_trainer.vision.encoder import Encoder, Student
from arm_trainer.vision.encoder_training import EncoderSamples, Learner, gather
from arm_trainer.vision.estimate_plot import draw_estimates

MakeBackend = Callable[[PolicyInterface, Views | None], Backend]


def teacher_run(run: RunFolder) -> RunFolder:
    """Returns the folder of a run's teacher."""
    return RunFolder(run.path / "teacher", run.algorithm)


def train_vision_policy(
    settings: TrainingSettings,
    run: RunFolder,
    make_backend: MakeBackend,
    *,
    resume: bool = False,
    stop: threading.Event | None = None,
    show: Callable[[str], None] = print,
) -> TrainingResult:
    """Trains a policy that sees, or goes on with an interrupted training.

    Args:
        settings: The resolved settings, with vision.
        run: The run's folder.
        make_backend: Makes the arms for a task, with views or without; closed at the end.
        resume: Whether to go on with the phase that the run was interrupted in.
        stop: When set, the training stops; what its phase has learnt is kept.
        show: Takes lines for the person watching.

    Raises:
        SimulatorLost: If the arms can't be reached any more.
        UserError: If a setting is wrong, or a file can't be written.
    """
    return _VisionTraining(settings, run, make_backend, stop or threading.Event(), show).go(resume)


class _VisionTraining:
    """One training; its methods are the phases."""

    def __init__(
        self,
        settings: TrainingSettings,
        run: RunFolder,
        make_backend: MakeBackend,
        stop: threading.Event,
        show: Callable[[str], None],
    ) -> None:
        assert settings.vision is not None
        self._settings, self._vision = settings, settings.vision
        self._run, self._make_backend, self._stop, self._show = run, make_backend, stop, show
        robot = load_robot(settings.model)
        self._told = PolicyInterface(Reach(robot, settings.reach))
        self._seeing = PolicyInterface(Reach(robot, settings.reach), target_in_observation=False)
        self._views = self._vision.views(robot)
        self._pinholes = find_camera_geometry(robot, self._views.cameras)
        self._phases = Phases(run.path / "phases.csv")
        self._evaluation: BatchEnv | None = None
        self._outcomes: Outcomes | None = None
        self._steps = 0

    def go(self, resume: bool) -> TrainingResult:
        began = time.monotonic()
        keep_freed_memory()
        torch.set_num_threads(1)  # A second one gained nothing, and lost much on a busy machine.
        if not resume:
            write_text(self._run.settings, to_yaml(self._settings))
        self._show(f"Run folder {self._run.path}")
        try:
            student = self._learn(self._teach())
            finished = True
            self._finish(student)
        except Stopped:
            finished = False
        finally:
            if self._evaluation is not None:
                self._evaluation.backend.close()
        seconds = time.monotonic() - began
        speed = self._steps / max(seconds, 1e-9)
        return TrainingResult(self._run, self._steps, seconds, speed, self._outcomes, finished)

    def _teach(self) -> BaseAlgorithm:
        """Trains the teacher, as far as that has not been done."""
        run = teacher_run(self._run)
        settings = dataclasses.replace(self._settings, vision=None)  # type: ignore[type-var]
        if not run.final_model.is_file():
            self._show("Teacher: learns to reach targets that it is told")
            with self._phases.phase("teacher") as samples:
                result = train(
                    settings,
                    run,
                    lambda task: self._make_backend(task, None),
                    resume=bool(run.checkpoints()),
                    stop=self._stop,
                    show=self._show,
                )
                before, _ = self._phases.totals().get("teacher", (0, 0.0))
                samples.append(result.steps - before)
            if not result.finished:
                raise Stopped
        self._steps = settings.steps
        return load_model(run.best_model, settings.algorithm)

    def _gather(self, teacher: BaseAlgorithm) -> EncoderSamples:
        self._show("Frames: what the cameras see while the teacher acts")
        views = dataclasses.replace(self._views, stack=1)
        backend = self._make_backend(self._told, views)
        count = self._vision.frames
        with self._phases.phase("frames") as samples, self._bar(count, "moment") as bar:
            try:
                moments = gather(
                    BatchEnv(self._told, backend, views=views),
                    teacher,
                    count,
                    training_generator(self._settings.seed),
                    self._pinholes.project,
                    lambda seen: self._advance(bar, seen),
                )
            finally:
                backend.close()
            samples.append(count)
        self._steps += count
        return moments

    def _learn(self, teacher: BaseAlgorithm) -> Student:
        """Trains the encoder, as far as that has not been done."""
        vision, file = self._vision, self._run.path / "encoder.pt"
        torch.manual_seed(self._settings.seed)
        encoder = Encoder(self._pinholes, self._views.size, self._told.robot.workspace)
        learner = Learner(encoder, vision.frames, vision.epochs, self._settings.seed)
        student = Student(encoder, teacher.policy, self._seeing, self._views).eval()
        if file.is_file():
            learner.restore(torch.load(file, weights_only=True))
        keep_rows_until(self._run.evaluations, "epoch", learner.epoch)
        if learner.epoch < vision.epochs:
            # Who resumes gathers the same frames again: that takes less than to store them.
            moments = self._gather(teacher)
            self._show("Encoder: learns where in the images the target is")
            while learner.epoch < vision.epochs:
                error = self._learn_epoch(learner, moments)
                self._evaluate(student, learner.epoch, error)
                with atomic_write(file) as temporary:
                    torch.save(learner.state(), temporary)
        return student

    def _learn_epoch(self, learner: Learner, moments: EncoderSamples) -> float:
        """Returns the mean error of the epoch's last tenth, m."""
        errors: list[float] = []
        with self._phases.phase("encoder") as samples, self._bar(len(moments), "moment") as bar:

            def on_progress(done: int, error: float) -> None:
                errors.append(error)
                bar.set_postfix(error=f"{1000 * error:.1f} mm", refresh=False)
                self._advance(bar, done)

            learner.learn(moments, on_progress)
            samples.append(len(moments))
        return float(np.mean(errors[-max(1, len(errors) // 10) :]))

    def _evaluate(self, student: Student, epoch: int, error: float) -> None:
        count = self._settings.evaluation_episodes
        with self._phases.phase("evaluation") as samples, self._bar(count, "episode") as bar:
            outcomes = run_episodes(
                self._evaluation_arms(),
                student.act,
                count,
                selection_generator(),
                lambda done, _: self._advance(bar, done),
            )
            samples.append(int(outcomes.periods.sum()))
        self._outcomes = outcomes
        self._show(f"Epoch {epoch}: error {1000 * error:.1f} mm, success {outcomes.interval}")
        row = row_of(outcomes, epoch=epoch, error=f"{error:.5f}")
        write_rows(self._run.evaluations, [*read_rows(self._run.evaluations), row])

    def _finish(self, student: Student) -> None:
        run, vision = self._run, self._vision
        last = read_rows(run.evaluations)[-1]
        summary = {
            "algorithm": self._settings.algorithm,
            "run": run.path.name,
            "seed": self._settings.seed,
            "steps": self._settings.steps,
            "frames": vision.frames,
            "epochs": vision.epochs,
            "success": float(last["success"]),
            "evaluation_episodes": self._settings.evaluation_episodes,
        }
        difference = export_bundle(student, self._seeing, run.bundle, summary, self._views)
        self._show(f"ONNX Runtime's outputs differ from PyTorch's by at most {difference:.1e}")
        title = f"{self._settings.algorithm.upper()} by sight, {self._told.robot.name}"
        draw_curve(run.evaluations, run.curve, title, against="epoch")
        draw_estimates(student, self._evaluation_arms(), run.path / "sight.png")
        for name, (samples, seconds) in self._phases.totals().items():
            self._show(f"{name:12}{seconds:8.1f} s{samples:12,} samples")

    def _evaluation_arms(self) -> BatchEnv:
        if self._evaluation is None:
            self._evaluation = evaluation_episodes(self._settings, self._seeing, self._views)
        return self._evaluation

    def _bar(self, total: int, unit: str) -> Any:
        return tqdm(total=total, unit=unit, unit_scale=True, smoothing=0.1)

    def _advance(self, bar: Any, done: int) -> None:
        """Shows progress; here is where a training that is told to stop leaves its phase."""
        bar.update(done - bar.n)
        if self._stop.is_set():
            raise Stopped
