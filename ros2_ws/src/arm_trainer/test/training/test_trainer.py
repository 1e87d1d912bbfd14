"""A training that is stopped leaves a checkpoint, goes on from it, and ends with every file."""

import csv
import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from torch.optim.optimizer import register_optimizer_step_post_hook

from arm_sim.common.errors import UserError
from arm_sim.robot.robot import Robot
from arm_sim.scene.loader import load_robot
from arm_trainer.backends.backend import BatchState, SimulatorLost
from arm_trainer.backends.in_process import InProcessBackend
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.evaluation.judgement import judge
from arm_trainer.evaluation.rollout import run_episodes
from arm_trainer.policies.bundle import Policy
from arm_trainer.tasks.seeding import selection_generator
from arm_trainer.training.config import TrainingSettings, load_settings, read_settings
from arm_trainer.training.csv_logs import quality, read_evaluations, row_of
from arm_trainer.training.run_folder import RunFolder
from arm_trainer.training.trainer import TrainingResult, train

STEPS = 64


@pytest.fixture
def settings(tmp_path: Path) -> TrainingSettings:
    file = tmp_path / "small.yaml"
    file.write_text(
        "steps: 64\nnum_arms: 2\ndevice: cpu\nevaluate_every: 16\nevaluation_episodes: 2\n"
        "checkpoint_every: 32\nreach: {max_periods: 4, hold_periods: 1}\n"
        "learner: {n_steps: 8, batch_size: 16, n_epochs: 1, net_arch: [4]}\n"
    )
    return load_settings("ppo", file)


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return RunFolder.create(tmp_path / "logs", "fetch_arm", "ppo")


class Stopping(InProcessBackend):
    """Sets `stop` in a certain period, as Ctrl-C would."""

    periods = 0

    def __init__(
        self, interface: PolicyInterface, stop: threading.Event, period: int | None
    ) -> None:
        super().__init__(interface.robot, 2, interface.control_period, threads=1)
        self._stop, self._period = stop, period
        self.closed = False

    def step(self, commands: object) -> BatchState:
        self.periods += 1
        if self.periods == self._period:
            self._stop.set()
        return super().step(commands)

    def close(self) -> None:
        self.closed = True


Go = Callable[..., TrainingResult]


@pytest.fixture
def go(settings: TrainingSettings, run: RunFolder) -> Go:
    """Trains, or goes on, until a control period or the end."""

    def call(stop_in: int | None = None, **options: bool) -> TrainingResult:
        stop = threading.Event()
        backends = []

        def make(interface: PolicyInterface) -> Stopping:
            backends.append(Stopping(interface, stop, stop_in))
            return backends[-1]

        result = train(settings, run, make, stop=stop, log=lambda line: None, **options)
        assert [backend.closed for backend in backends] == [True]
        return result

    return call


def rows(run: RunFolder) -> list[int]:
    with run.evaluations.open(newline="") as file:
        return [int(row["steps"]) for row in csv.DictReader(file)]


def names(run: RunFolder) -> set[str]:
    found = (path.relative_to(run.path).as_posix() for path in run.path.rglob("*"))
    return {name for name in found if "tfevents" not in name}


FINISHED = {
    *("settings.yaml", "evaluations.csv", "best_model.zip", "arm_ppo_final.zip", "curve.png"),
    "summary.json",
    *("policy", "policy/policy.onnx", "policy/policy.json", "checkpoints"),
}
CHECKPOINTS = {"checkpoints/arm_ppo_32_steps.zip", "checkpoints/arm_ppo_64_steps.zip"}


def test_a_training_leaves_every_file_of_a_run(
    go: Go, run: RunFolder, settings: TrainingSettings, robot: Robot
) -> None:
    result = go()
    assert (result.finished, result.steps) == (True, STEPS)
    assert names(run) == FINISHED | CHECKPOINTS
    assert rows(run) == [16, 32, 48, 64]
    assert read_settings(run.settings) == settings
    policy = Policy(run.bundle)
    assert policy.interface_for(robot).task.config == settings.task_config
    assert policy.description.training["run"] == run.path.name
    assert policy.description.training["steps"] in rows(run)


def test_the_result_is_one_figure_in_every_file(tmp_path: Path, run: RunFolder) -> None:
    file = tmp_path / "small.yaml"
    file.write_text(
        "steps: 64\nseed: 4\nnum_arms: 2\ndevice: cpu\n"
        "evaluate_every: 16\nevaluation_episodes: 20\n"
        "reach: {max_periods: 4, hold_periods: 1, tolerance: 0.2}\n"  # Reached now and then.
        # So fast that it gets worse: the best evaluation is not the last one.
        "learner: {n_steps: 8, batch_size: 16, n_epochs: 1, net_arch: [4], learning_rate: 0.1}\n"
    )
    robot = load_robot()
    stop = threading.Event()
    result = train(
        load_settings("ppo", file),
        run,
        lambda interface: Stopping(interface, stop, None),
        log=lambda line: None,
    )
    judgement = result.judgement
    assert judgement is not None and 0 < judgement.in_a_row.rate < 1
    figures = json.loads(run.summary.read_text())
    assert figures == judgement.figures()
    policy = Policy(run.bundle)
    assert figures.items() <= policy.description.training.items()
    interface = policy.interface_for(robot)

    def arms(count: int) -> BatchEnv:
        return BatchEnv(interface, InProcessBackend(robot, count, interface.control_period))

    again, _ = judge(arms(1), policy.act, 40)
    assert again.figures() == figures
    # The best evaluation is of the same policy, by the same function, on targets of its own.
    evaluations = read_evaluations(run.evaluations)
    best = max(evaluations, key=quality)
    assert float(best["success_in_a_row"]) > float(evaluations[-1]["success_in_a_row"])
    assert best["steps"] == str(policy.description.training["steps"])
    outcomes = run_episodes(arms(2), policy.act, 20, selection_generator(), in_a_row=True)
    assert row_of(outcomes, steps=best["steps"])["success_in_a_row"] == best["success_in_a_row"]


def test_a_run_of_an_older_version_is_refused(go: Go, run: RunFolder) -> None:
    go(stop_in=20)
    run.evaluations.write_text("steps,success,time_to_reach\n16,0.5,1.0\n")
    with pytest.raises(UserError, match="has no column success_in_a_row: an older version"):
        go(resume=True)


@pytest.mark.parametrize("period", [1, 7, 20, 24])
def test_a_stopped_training_goes_on_to_the_same_end(go: Go, run: RunFolder, period: int) -> None:
    result = go(stop_in=period)
    assert (result.finished, result.steps) == (False, 2 * period)
    assert run.checkpoints()[-1][0] == 2 * period
    assert not run.final_model.exists() and not run.bundle.exists()
    result = go(resume=True)
    assert result.finished and result.steps >= STEPS
    assert names(run) >= FINISHED
    assert rows(run) == sorted(set(rows(run))) and rows(run)[-1] == result.steps


def test_an_update_is_stopped_between_two_gradient_steps(
    settings: TrainingSettings, run: RunFolder
) -> None:
    """With images, all of an update would keep one waiting for a minute."""
    settings.learner["n_epochs"] = 1000
    stop = threading.Event()
    gradient_steps = []

    def count(*_: object) -> None:
        gradient_steps.append(len(gradient_steps))
        if len(gradient_steps) == 5:
            stop.set()

    hook = register_optimizer_step_post_hook(count)
    result = train(
        settings,
        run,
        lambda interface: Stopping(interface, stop, None),
        stop=stop,
        log=lambda line: None,
    )
    hook.remove()
    assert (result.finished, result.steps, len(gradient_steps)) == (False, 16, 5)
    assert run.checkpoints()[-1][0] == 16


def test_one_killed_goes_on_from_its_last_checkpoint_and_evaluates_again(
    go: Go, run: RunFolder
) -> None:
    go(stop_in=30)
    run.checkpoint(60).unlink()  # A killed process would not have written it.
    assert rows(run) == [16, 32, 48]
    assert go(resume=True).finished
    assert rows(run) == [16, 32, 48, 64]


@pytest.mark.parametrize("stop_in", [32, None], ids=["stopped in its last period", "finished"])
def test_one_with_nothing_left_to_learn_is_finished(
    go: Go, run: RunFolder, stop_in: int | None
) -> None:
    assert go(stop_in).finished == (stop_in is None)
    result = go(resume=True)
    assert (result.finished, result.steps) == (True, STEPS)
    assert names(run) >= FINISHED


def test_what_was_never_begun_cannot_be_resumed(go: Go, run: RunFolder) -> None:
    with pytest.raises(UserError, match="has no complete checkpoint to resume from"):
        go(resume=True)


class Failing(Stopping):
    """Is lost in its 21st period."""

    def step(self, commands: object) -> BatchState:
        if self.periods == 20:
            raise SimulatorLost("It is gone.")
        return super().step(commands)


def test_a_lost_simulator_leaves_a_checkpoint(
    settings: TrainingSettings, run: RunFolder, go: Go
) -> None:
    stop = threading.Event()
    with pytest.raises(SimulatorLost, match="It is gone"):
        train(
            settings, run, lambda interface: Failing(interface, stop, None), log=lambda line: None
        )
    assert [steps for steps, _ in run.checkpoints()][-1] == 40
    assert go(resume=True).finished
