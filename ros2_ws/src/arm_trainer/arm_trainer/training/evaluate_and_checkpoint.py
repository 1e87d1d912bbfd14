"""Stable-Baselines3 callback that evaluates the policy, keeps the best and saves checkpoints."""

import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray
from stable_baselines3.common.callbacks import BaseCallback

from arm_sim.common.command import Stopped
from arm_trainer.backends.camera_views import Frames
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.envs.sb3_vec_env import ArmVecEnv
from arm_trainer.envs.spaces import in_form
from arm_trainer.evaluation.judgement import IN_A_ROW
from arm_trainer.evaluation.outcomes import Outcomes
from arm_trainer.evaluation.rollout import run_episodes
from arm_trainer.tasks.seeding import selection_generator
from arm_trainer.training.checkpoint import save_checkpoint, save_model
from arm_trainer.training.config import TrainingSettings
from arm_trainer.training.csv_logs import quality, read_evaluations, row_of, write_rows
from arm_trainer.training.entropy import policy_entropy
from arm_trainer.training.run_folder import RunFolder


class EvaluateAndCheckpoint(BaseCallback):
    """Evaluates, saves the best model and saves checkpoints, always between two updates.

    Evaluations draw nothing from the training's random generators, so the training continues as if
    there had been none.

    Attributes:
        last: The outcomes of the last evaluation; None before the first.
    """

    def __init__(
        self,
        settings: TrainingSettings,
        run: RunFolder,
        env: ArmVecEnv,
        evaluation_env: BatchEnv,
        stop: threading.Event,
        *,
        checkpointed: int,
        evaluated: int,
    ) -> None:
        """Continues the table of evaluations, if there is one.

        Args:
            settings: The run's settings.
            run: The run's folder.
            env: The training's environment, whose random state goes into checkpoints.
            evaluation_env: The environment to evaluate in.
            stop: When set, an evaluation is given up.
            checkpointed: Label of the last checkpoint, in steps; 0 if there is none.
            evaluated: Steps at which the next interval between evaluations begins.
        """
        super().__init__()
        self._settings, self._run, self._env = settings, run, env
        self._evaluation_env, self._stop = evaluation_env, stop
        self._checkpointed, self._evaluated = checkpointed, evaluated
        self._rows = read_evaluations(run.evaluations)
        self.last: Outcomes | None = None

    @property
    def best_row(self) -> dict[str, Any]:
        """The row of evaluations.csv of the best model."""
        return max(self._rows, key=quality)

    def save_checkpoint(self) -> None:
        """Saves a checkpoint of the present state."""
        save_checkpoint(self.model, self._run, self.num_timesteps, self._env)

    def finish(self) -> None:
        """Evaluates the model at the end of training, if that has not been done yet."""
        if self.last is None or self._evaluated != self.num_timesteps:
            self._evaluate(stop=None)
        self._checkpoint_if_due()

    def _on_step(self) -> bool:
        return True

    def _on_rollout_start(self) -> None:
        steps, every = self.num_timesteps, self._settings.evaluate_every
        if steps // every > self._evaluated // every:
            self._evaluated = steps
            self._evaluate(self._stop)
        self._checkpoint_if_due()

    def _checkpoint_if_due(self) -> None:
        steps, every = self.num_timesteps, self._settings.checkpoint_every
        if steps // every > self._checkpointed // every:
            self._checkpointed = steps
            save_checkpoint(self.model, self._run, steps // every * every, self._env)

    def _evaluate(self, stop: threading.Event | None) -> None:
        """Evaluates the model; raises `Stopped` if `stop` is set meanwhile."""

        def on_progress(*_: int) -> None:
            if stop is not None and stop.is_set():
                raise Stopped

        self.last = run_episodes(
            self._evaluation_env,
            self._act,
            self._settings.evaluation_episodes,
            selection_generator(),
            on_progress,
            in_a_row=True,
        )
        row = row_of(self.last, steps=self.num_timesteps)
        best = all(quality(row) > quality(other) for other in self._rows)
        self._rows = [other for other in self._rows if int(other["steps"]) != row["steps"]]
        self._rows.append(row)
        write_rows(self._run.evaluations, self._rows)
        if best:
            save_model(self.model, self._run.best_model)
        self._log(self.last)

    def _act(
        self, observations: NDArray[np.float32], frames: Frames | None = None
    ) -> NDArray[np.float32]:
        """Returns the model's deterministic actions."""
        seen = in_form(self._evaluation_env.interface, observations, frames)
        return self.model.predict(seen, deterministic=True)[0]

    def _log(self, outcomes: Outcomes) -> None:
        """Writes an evaluation to TensorBoard."""
        self.logger.record(f"eval/{IN_A_ROW}", outcomes.interval.rate)
        for name, values in outcomes.metrics.items():
            self.logger.record(f"eval/mean_{name}", float(values.mean()))
        self.logger.record("eval/time_to_reach", outcomes.time_to_reach)
        if (entropy := policy_entropy(self.model)) is not None:
            self.logger.record("train/entropy", entropy)
        self.logger.dump(self.num_timesteps)
