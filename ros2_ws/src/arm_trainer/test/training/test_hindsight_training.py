"""A training by hindsight is evaluated, stopped, resumed, judged and deployed as any other."""

import csv
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from arm_sim.common.arrays import Floats, Ints
from arm_sim.robot.robot import Robot
from arm_trainer.algorithms.hindsight import HindsightReplayBuffer
from arm_trainer.algorithms.model import make_model
from arm_trainer.algorithms.registry import ALGORITHMS
from arm_trainer.backends.backend import BatchState
from arm_trainer.backends.in_process import InProcessBackend
from arm_trainer.cli.export import run_export
from arm_trainer.deployment.controller import Controller
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.envs.goal_form import split_goals
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.envs.sb3_vec_env import ArmVecEnv
from arm_trainer.evaluation.judgement import IN_A_ROW
from arm_trainer.policies.bundle import Policy
from arm_trainer.tasks.seeding import training_generator
from arm_trainer.tasks.start import Start
from arm_trainer.training.checkpoint import load_checkpoint, load_model, save_checkpoint
from arm_trainer.training.config import TrainingSettings, load_settings
from arm_trainer.training.run_folder import RunFolder
from arm_trainer.training.trainer import TrainingResult, train

OFF_POLICY = [name for name, algorithm in ALGORITHMS.items() if algorithm.has_replay_buffer]
ARMS = 2
SMALL = """
steps: 120
num_arms: 2
device: cpu
evaluate_every: 40
evaluation_episodes: 4
checkpoint_every: 40
reach: {max_periods: 10, hold_periods: 1, tolerance: 0.2}
learner: {her: true, buffer_size: 1000, learning_starts: 8, batch_size: 16, net_arch: [8]}
"""


@pytest.fixture
def make_settings(tmp_path: Path) -> Callable[[str], TrainingSettings]:
    def make(name: str) -> TrainingSettings:
        file = tmp_path / "small.yaml"
        file.write_text(SMALL)
        return load_settings(name, file)

    return make


@pytest.fixture
def make_run(tmp_path: Path) -> Callable[[str], RunFolder]:
    return lambda name: RunFolder.create(tmp_path / "logs", "fetch_arm", name)


def arms(interface: PolicyInterface, count: int = ARMS) -> InProcessBackend:
    return InProcessBackend(interface.robot, count, interface.control_period, threads=1)


class Stopping(InProcessBackend):
    """Stops the training in its 25th period, in the middle of episodes."""

    periods = 0

    def __init__(self, interface: PolicyInterface, stop: threading.Event) -> None:
        super().__init__(interface.robot, ARMS, interface.control_period, threads=1)
        self._stop = stop

    def step(self, commands):
        self.periods += 1
        if self.periods == 25:
            self._stop.set()
        return super().step(commands)


def quietly(settings: TrainingSettings, run: RunFolder, **options) -> TrainingResult:
    return train(settings, run, arms, log=lambda line: None, **options)


@pytest.mark.parametrize("name", OFF_POLICY)
def test_a_training_is_evaluated_and_judged_and_its_bundle_acts_as_the_model(
    name: str, make_settings, make_run, robot: Robot
) -> None:
    run = make_run(name)
    result = quietly(make_settings(name), run)
    assert result.finished and result.judgement is not None and run.summary.is_file()
    with run.evaluations.open(newline="") as file:
        assert [row["steps"] for row in csv.DictReader(file)] == ["40", "80", "120"]
    policy, model = Policy(run.bundle), load_model(run.best_model, name)
    assert policy.description.observation.terms[-2:] == ["achieved_goal", "desired_goal"]
    interface = policy.interface_for(robot)
    assert interface.goal_conditioned
    random = np.random.default_rng(0)
    observations = random.normal(0, 1, (50, len(interface.observation_names))).astype(np.float32)
    expected, _ = model.predict(split_goals(observations), deterministic=True)
    np.testing.assert_allclose(policy.act(observations), expected, rtol=0, atol=1e-5)
    assert np.ptp(expected, axis=0).min() > 1e-3


def test_any_checkpoint_is_exported(make_settings, make_run, robot: Robot) -> None:
    run = make_run("sac")
    quietly(make_settings("sac"), run)
    run_export([str(run.path), "--checkpoint", "80"])
    assert Policy(run.bundle).description.training["steps"] == 80
    assert Policy(run.bundle).interface_for(robot).goal_conditioned


class Recording(InProcessBackend):
    """Keeps the commands and the states, beginning with the reset's."""

    def reset(self, arms: Ints, starts: Start) -> BatchState:
        self.commands, self.states = [], [super().reset(arms, starts)]
        return self.states[0]

    def step(self, commands: Floats) -> BatchState:
        self.commands.append(commands[0].copy())
        self.states.append(super().step(commands))
        return self.states[-1]


def test_the_controller_gives_the_commands_of_the_environment(
    make_settings, make_run, robot: Robot
) -> None:
    run = make_run("sac")
    quietly(make_settings("sac"), run)
    policy = Policy(run.bundle)
    controller, interface = Controller(policy, robot), policy.interface_for(robot)
    backend = Recording(robot, 1, interface.control_period, threads=1)
    episodes = BatchEnv(interface, backend)
    episodes.seed(training_generator(0))
    episodes.reset(np.array([0]))
    controller.start(backend.states[0].positions[0])
    for _ in range(20):
        episodes.step(policy.act(episodes.observations))
    for state, expected in zip(backend.states, backend.commands, strict=False):
        found = controller.command(state, episodes.state.goal[0])
        assert found.tobytes() == expected.tobytes()
    assert np.ptp(backend.commands, axis=0)[:7].max() > 0.005


@pytest.mark.parametrize("steps", [50, 1400], ids=["filling", "full"])
def test_the_replay_buffer_is_restored_to_the_bit_but_for_episodes_under_way(
    steps: int, make_settings, make_run
) -> None:
    settings, run = make_settings("sac"), make_run("sac")
    was = trained(settings, steps)
    assert was.replay_buffer.full == (steps == 1400)
    save_checkpoint(was, run, steps, was.get_env())
    _, now = load_checkpoint(run, fresh_env(settings), "cpu")
    old, new = was.replay_buffer, now.replay_buffer
    assert isinstance(new, HindsightReplayBuffer)
    assert (new.pos, new.full, new.size()) == (old.pos, old.full, old.size())
    under_way = old._current_ep_start != old.pos
    assert under_way.any()
    for name, array in new._transitions().items():
        expected = old._transitions()[name]
        assert array.dtype == expected.dtype
        if name in ("dones", "timeouts"):
            expected = expected.copy()
            expected[old.pos - 1, under_way] = 1.0
        if name == "ep_length":
            assert ((array == expected) | (expected == 0)).all()
            assert (array[old.pos - 1] > 0).all()
            continue
        assert array.tobytes() == expected.tobytes(), name
    assert (new._current_ep_start == new.pos).all()
    # Goes on in the next episode, whose goals are not those of the one before.
    now.learn(ARMS * 30, reset_num_timesteps=False)
    lengths = new.ep_length[: new.size()]
    assert lengths.max() <= settings.task_config.max_periods


def fresh_env(settings: TrainingSettings) -> ArmVecEnv:
    interface = settings.interface(settings.source.load())
    env = ArmVecEnv(BatchEnv(interface, arms(interface)))
    env.seed(0)
    return env


def trained(settings: TrainingSettings, steps: int):
    model = make_model(
        ALGORITHMS["sac"], settings.learner_settings(), fresh_env(settings), seed=0, device="cpu"
    )
    model.learning_starts = 10**6
    return model.learn(steps + ARMS)


def test_a_stopped_training_goes_on_to_the_end(make_settings, make_run) -> None:
    settings, run, stop = make_settings("tqc"), make_run("tqc"), threading.Event()
    result = train(
        settings,
        run,
        lambda interface: Stopping(interface, stop),
        stop=stop,
        log=lambda line: None,
    )
    assert (result.finished, result.steps) == (False, 50)
    result = quietly(settings, run, resume=True)
    assert result.finished and result.judgement is not None
    with run.evaluations.open(newline="") as file:
        assert [int(row["steps"]) for row in csv.DictReader(file)] == [40, 82, result.steps]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["sac", "tqc"])
def test_reach_is_learnt_from_a_sparse_reward(name: str, make_run) -> None:
    run = make_run(name)
    settings = load_settings(name, steps=20_000, device="cpu", learner={"her": True})
    result = train(
        settings,
        run,
        lambda interface: arms(interface, settings.num_arms),
        log=lambda line: None,
    )
    assert result.judgement.figures()[IN_A_ROW] > 0.9
