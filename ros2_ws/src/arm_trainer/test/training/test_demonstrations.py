"""A policy that has imitated its task's demonstrations acts like them, equally for equal seeds."""

import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from stable_baselines3 import PPO

from arm_sim.common.command import Stopped
from arm_sim.common.errors import UserError
from arm_sim.scene.loader import RobotSource
from arm_trainer.algorithms.model import make_model
from arm_trainer.algorithms.registry import ALGORITHMS
from arm_trainer.backends.in_process import InProcessBackend
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.envs.sb3_vec_env import ArmVecEnv
from arm_trainer.tasks.start import stack_starts
from arm_trainer.tasks.tabletop import Tabletop
from arm_trainer.training.config import load_settings
from arm_trainer.training.demonstrations import imitate_demonstrations
from arm_trainer.training.run_folder import RunFolder
from arm_trainer.training.trainer import train
from support.tabletop import episodes, tabletop

ARMS, PERIODS = 16, 60


@pytest.fixture(scope="module")
def lift() -> Tabletop:
    return tabletop("lift")


def new_model(lift: Tabletop, seed: int = 0) -> tuple[PPO, BatchEnv]:
    settings = load_settings("PPO", task="lift", learner={"net_arch": [32, 32]})
    env = ArmVecEnv(episodes(lift, ARMS))
    env.seed(seed)
    made = make_model(
        ALGORITHMS["ppo"], settings.learner_settings(), env, seed=seed, device="cpu", options=None
    )
    return made, env.batch


def imitated(lift: Tabletop, seed: int = 0) -> PPO:
    model, env = new_model(lift, seed)
    imitate_demonstrations(model, env, PERIODS, seed, threading.Event())
    return model


@pytest.fixture(scope="module")
def model(lift: Tabletop) -> PPO:
    return imitated(lift)


def error(model: PPO, lift: Tabletop) -> float:
    """Mean square difference from what is shown, in states that the demonstration leads to."""
    env = episodes(lift, ARMS, seed=9)
    env.reset(np.arange(ARMS))
    squares = []
    for _ in range(25):
        shown = env.interface.demonstration(env.observed)
        acted = model.predict(env.observations, deterministic=True)[0]
        squares.append(np.square(acted - shown).mean())
        env.step(shown)
    return float(np.mean(squares))


def test_a_policy_that_has_imitated_acts_like_the_demonstration(model: PPO, lift: Tabletop) -> None:
    untrained, _ = new_model(lift)
    after, before = error(model, lift), error(untrained, lift)
    assert after < 0.15 < before
    assert after < 0.35 * before


def test_its_critic_tells_what_is_near_success_from_what_is_not(model: PPO, lift: Tabletop) -> None:
    env = episodes(lift, 2 * ARMS, seed=9)
    random = np.random.default_rng(0)
    held = lift.assisted_starts(random)["holding"]
    own = lift.starts(random)
    starts = stack_starts([next(held if i < ARMS else own) for i in range(2 * ARMS)])
    env.begin(np.arange(2 * ARMS), starts)
    env.step(env.interface.demonstration(env.observed))
    with torch.no_grad():
        values = model.policy.predict_values(torch.as_tensor(env.observations)).numpy()[:, 0]
    assert values[:ARMS].mean() > values[ARMS:].mean() + 0.2


def parameters(model: PPO) -> bytes:
    return b"".join(tensor.numpy().tobytes() for tensor in model.policy.state_dict().values())


def test_equal_seeds_give_equal_policies_to_the_bit(model: PPO, lift: Tabletop) -> None:
    assert parameters(imitated(lift)) == parameters(model)
    assert parameters(imitated(lift, seed=1)) != parameters(model)


def test_the_noise_of_exploration_stays_as_it_was_set(model: PPO, lift: Tabletop) -> None:
    untrained, _ = new_model(lift)
    np.testing.assert_array_equal(
        model.policy.log_std.detach().numpy(), untrained.policy.log_std.detach().numpy()
    )


def test_it_can_be_stopped(lift: Tabletop) -> None:
    model, env = new_model(lift)
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        imitate_demonstrations(model, env, PERIODS, 0, stop)


def refusal(folder: Path, algorithm: str, **given: object) -> str:
    """What is said of a training that can't imitate."""
    with pytest.raises(UserError) as caught:
        settings = load_settings(algorithm, demonstrations=10, steps=64, num_arms=2, **given)
        run = RunFolder.create(folder, "fetch_arm", settings.algorithm)
        train(
            settings,
            run,
            lambda interface: InProcessBackend(
                interface.robot, 2, interface.control_period, threads=1
            ),
            log=lambda line: None,
        )
    return str(caught.value)


@pytest.mark.parametrize("algorithm", [n for n, a in ALGORITHMS.items() if a.has_replay_buffer])
def test_algorithms_that_learn_off_policy_are_refused_in_one_sentence(
    algorithm: str, tmp_path: Path
) -> None:
    said = refusal(tmp_path, algorithm, task="lift")
    assert "demonstrations is 10; " in said and "so it must be 0" in said
    assert "valid for PPO and A2C" in said and "\n" not in said


def test_a_task_that_demonstrates_nothing_is_refused_in_one_sentence(tmp_path: Path) -> None:
    said = refusal(tmp_path, "PPO", learner={"batch_size": 64})
    assert said.startswith("The task 'reach' has no demonstrations")
    assert "set demonstrations to 0" in said and "\n" not in said


@pytest.mark.parametrize("algorithm", ["PPO", "A2C"])
def test_a_training_imitates_before_it_learns_and_leaves_its_scene(
    algorithm: str, tmp_path: Path
) -> None:
    file = tmp_path / "small.yaml"
    file.write_text(
        "steps: 32\nnum_arms: 4\ndevice: cpu\ndemonstrations: 10\nevaluate_every: 32\n"
        "evaluation_episodes: 2\nlift: {max_periods: 8}\nlearner: {n_steps: 8, net_arch: [8]}\n"
    )
    learner = {"batch_size": 32} if algorithm == "PPO" else {}
    settings = load_settings(algorithm, file, task="lift", learner=learner)
    run = RunFolder.create(tmp_path, "fetch_arm", settings.algorithm)
    result = train(
        settings,
        run,
        lambda interface: InProcessBackend(interface.robot, 4, interface.control_period, threads=1),
        log=lambda line: None,
    )
    assert result.finished and run.bundle.is_dir()
    # A simulator that is started by hand is told of the objects by this file.
    found = RobotSource(changes=str(run.scene_changes)).load()
    assert found.objects == ("cube",)
    assert found.kinematics_hash == settings.source.load().kinematics_hash
