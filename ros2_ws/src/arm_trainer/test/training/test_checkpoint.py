"""A checkpoint brings back the model, every random state and the replay buffer, to the bit."""

import random
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from stable_baselines3 import A2C, PPO, SAC
from stable_baselines3.common.base_class import BaseAlgorithm

from arm_sim.common.errors import UserError
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.envs.sb3_vec_env import ArmVecEnv
from arm_trainer.training.checkpoint import (
    CLASSES,
    load_checkpoint,
    load_model,
    save_checkpoint,
    save_model,
)
from arm_trainer.training.run_folder import RunFolder

OPTIONS = {
    "ppo": {"n_steps": 4, "batch_size": 8, "n_epochs": 1},
    "a2c": {"n_steps": 4, "use_rms_prop": False},
    "sac": {"buffer_size": 100, "learning_starts": 8, "batch_size": 4},
}
BUFFER = ("observations", "next_observations", "actions", "rewards", "dones", "timeouts")

MakeEnv = Callable[[], ArmVecEnv]
MakeModel = Callable[[str], BaseAlgorithm]


@pytest.fixture
def make_env(make_episodes: Callable[..., BatchEnv]) -> MakeEnv:
    return lambda: ArmVecEnv(make_episodes(2, max_periods=3, hold_periods=1))


@pytest.fixture
def make_model(make_env: MakeEnv) -> MakeModel:
    def make(algorithm: str) -> BaseAlgorithm:
        options = {"policy_kwargs": {"net_arch": [4]}, "seed": 0, "device": "cpu"}
        return CLASSES[algorithm]("MlpPolicy", make_env(), **options, **OPTIONS[algorithm])

    return make


@pytest.fixture
def make_run(tmp_path: Path) -> Callable[[str], RunFolder]:
    return lambda algorithm: RunFolder.create(tmp_path, "fetch_arm", algorithm)


def weights(model: BaseAlgorithm) -> dict[str, bytes]:
    return {name: value.numpy().tobytes() for name, value in model.policy.state_dict().items()}


def fates(env: ArmVecEnv) -> list[object]:
    """What every generator that a training draws from will bring next."""
    return [
        torch.rand(3).tolist(),
        np.random.rand(3).tolist(),
        np.random.randn(),  # The second of a pair is kept for later.
        random.random(),
        env.random.random(3).tolist(),
        env.reset().tolist(),
    ]


@pytest.mark.parametrize("algorithm", CLASSES)
def test_a_model_is_loaded_as_it_was_saved(
    algorithm: str, make_env: MakeEnv, make_model: MakeModel, tmp_path: Path
) -> None:
    model = make_model(algorithm).learn(16)
    save_model(model, tmp_path / "model.zip")
    loaded = load_model(tmp_path / "model.zip", algorithm, make_env())
    assert type(loaded) is CLASSES[algorithm]
    assert weights(loaded) == weights(model)
    assert loaded.num_timesteps == model.num_timesteps == 16
    assert [path.name for path in tmp_path.iterdir()] == ["model.zip"]


@pytest.mark.parametrize("algorithm", CLASSES)
def test_every_random_state_is_restored(
    algorithm: str,
    make_env: MakeEnv,
    make_model: MakeModel,
    make_run: Callable[[str], RunFolder],
) -> None:
    model, run = make_model(algorithm).learn(16), make_run(algorithm)
    env = model.get_env()
    # Each is where no seed alone would put it.
    torch.rand(1), np.random.randn(), random.random(), env.random.random()
    save_checkpoint(model, run, 16, env)
    # The start states drawn ahead are not part of it; the next are drawn anew.
    env.batch.seed(env.random)
    expected = fates(env)
    assert fates(env) != expected
    again = make_env()
    steps, loaded = load_checkpoint(run, again, "cpu")
    assert (steps, loaded.num_timesteps) == (16, 16)
    assert fates(again) == expected


def test_training_goes_on_from_a_checkpoint_as_from_another_load_of_it(
    make_env: MakeEnv, make_model: MakeModel, make_run: Callable[[str], RunFolder]
) -> None:
    model, run = make_model("sac").learn(16), make_run("sac")
    save_checkpoint(model, run, 16, model.get_env())
    ends = []
    for _ in range(2):
        _, loaded = load_checkpoint(run, make_env(), "cpu")
        loaded.learn(20, reset_num_timesteps=False)
        ends.append((loaded.num_timesteps, weights(loaded)))
    assert ends[0] == ends[1]
    assert ends[0][0] == 36
    assert ends[0][1] != weights(model)


def test_the_half_word_that_a_generator_keeps_is_restored_too(
    make_env: MakeEnv, make_model: MakeModel, make_run: Callable[[str], RunFolder]
) -> None:
    model, run = make_model("a2c"), make_run("a2c")
    env = model.get_env()
    env.random.integers(10, dtype=np.uint32)
    state = env.random.bit_generator.state
    assert state["has_uint32"] == 1
    save_checkpoint(model, run, 1, env)
    again = make_env()
    load_checkpoint(run, again, "cpu")
    assert again.random.bit_generator.state == state


def test_random_actions_go_on_as_before(
    make_env: MakeEnv, make_model: MakeModel, make_run: Callable[[str], RunFolder]
) -> None:
    model, run = make_model("sac").learn(4), make_run("sac")
    save_checkpoint(model, run, 4, model.get_env())
    expected = model.action_space.sample()
    _, loaded = load_checkpoint(run, make_env(), "cpu")
    np.testing.assert_array_equal(loaded.action_space.sample(), expected)


@pytest.mark.parametrize("steps", [30, 300])
def test_the_replay_buffer_is_restored_to_the_bit(
    steps: int, make_env: MakeEnv, make_model: MakeModel, make_run: Callable[[str], RunFolder]
) -> None:
    model, run = make_model("sac").learn(steps), make_run("sac")
    assert model.replay_buffer.full == (steps == 300)
    save_checkpoint(model, run, steps, model.get_env())
    _, loaded = load_checkpoint(run, make_env(), "cpu")
    was, now = model.replay_buffer, loaded.replay_buffer
    assert (now.pos, now.full, now.size()) == (was.pos, was.full, was.size())
    for name in BUFFER:
        rows, expected = getattr(now, name), getattr(was, name)
        assert rows.dtype == expected.dtype
        assert rows[: now.size()].tobytes() == expected[: was.size()].tobytes(), name
    assert was.timeouts.any() and was.dones.any() and was.rewards.any()


def test_only_the_two_newest_replay_buffers_are_kept(
    make_model: MakeModel, make_run: Callable[[str], RunFolder]
) -> None:
    model, run = make_model("sac").learn(10), make_run("sac")
    for steps in (10, 20, 30):
        save_checkpoint(model, run, steps, model.get_env())
    folder = run.path / "checkpoints"
    assert sorted(path.name for path in folder.iterdir()) == [
        *(f"arm_sac_{steps}_steps.zip" for steps in (10, 20, 30)),
        "replay_20.npz",
        "replay_30.npz",
    ]


def test_a_kill_between_replay_buffer_and_model_leaves_the_checkpoint_before(
    make_env: MakeEnv,
    make_model: MakeModel,
    make_run: Callable[[str], RunFolder],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model, run = make_model("sac").learn(10), make_run("sac")
    save_checkpoint(model, run, 10, model.get_env())
    monkeypatch.setattr(model, "save", lambda path: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        save_checkpoint(model, run, 20, model.get_env())
    steps, loaded = load_checkpoint(run, make_env(), "cpu")
    assert steps == 10
    assert loaded.replay_buffer.size() == model.replay_buffer.size()


@pytest.fixture
def two_checkpoints(make_model: MakeModel, make_run: Callable[[str], RunFolder]) -> RunFolder:
    """A PPO run with checkpoints of 8 and 16 steps."""
    model, run = make_model("ppo"), make_run("ppo")
    for steps in (8, 16):
        model.learn(8, reset_num_timesteps=False)
        save_checkpoint(model, run, steps, model.get_env())
    return run


@pytest.mark.parametrize("part", [0.0, 0.3, 0.99])
def test_a_truncated_checkpoint_is_skipped_for_the_one_before(
    two_checkpoints: RunFolder, make_env: MakeEnv, part: float
) -> None:
    newest = two_checkpoints.checkpoint(16)
    content = newest.read_bytes()
    newest.write_bytes(content[: int(part * len(content))])
    steps, model = load_checkpoint(two_checkpoints, make_env(), "cpu")
    assert (steps, model.num_timesteps) == (8, 8)


def test_a_damaged_checkpoint_is_skipped_for_the_one_before(
    two_checkpoints: RunFolder, make_env: MakeEnv
) -> None:
    newest = two_checkpoints.checkpoint(16)
    content = bytearray(newest.read_bytes())
    content[len(content) // 3] ^= 1
    newest.write_bytes(content)
    with pytest.raises(UserError, match=r"is damaged \(.*\); take another checkpoint"):
        load_model(newest, "ppo")
    assert load_checkpoint(two_checkpoints, make_env(), "cpu")[0] == 8


def test_a_model_without_random_states_is_no_checkpoint(
    two_checkpoints: RunFolder, make_env: MakeEnv, make_model: MakeModel
) -> None:
    save_model(make_model("ppo"), two_checkpoints.checkpoint(24))
    assert load_checkpoint(two_checkpoints, make_env(), "cpu")[0] == 16


def test_the_newest_whole_checkpoint_is_taken(
    two_checkpoints: RunFolder, make_env: MakeEnv
) -> None:
    steps, model = load_checkpoint(two_checkpoints, make_env(), "cpu")
    assert (steps, model.num_timesteps) == (16, 16)


def test_without_any_whole_checkpoint_there_is_one_sentence(
    two_checkpoints: RunFolder, make_env: MakeEnv
) -> None:
    for steps in (8, 16):
        two_checkpoints.checkpoint(steps).write_bytes(b"")
    with pytest.raises(UserError, match="has no complete checkpoint to resume from"):
        load_checkpoint(two_checkpoints, make_env(), "cpu")
    shutil.rmtree(two_checkpoints.path / "checkpoints")
    with pytest.raises(UserError, match="has no complete checkpoint to resume from"):
        load_checkpoint(two_checkpoints, make_env(), "cpu")


@pytest.mark.parametrize("part", [0.0, 0.5])
def test_a_truncated_replay_buffer_is_skipped_too(
    part: float, make_env: MakeEnv, make_model: MakeModel, make_run: Callable[[str], RunFolder]
) -> None:
    model, run = make_model("sac").learn(10), make_run("sac")
    save_checkpoint(model, run, 10, model.get_env())
    replay = run.path / "checkpoints" / "replay_10.npz"
    content = replay.read_bytes()
    replay.write_bytes(content[: int(part * len(content))])
    with pytest.raises(UserError, match="has no complete checkpoint"):
        load_checkpoint(run, make_env(), "cpu")


@pytest.mark.parametrize(
    ("saved", "wanted"),
    [
        ("ppo", "sac"),
        ("a2c", "sac"),
        ("sac", "ppo"),
        ("sac", "a2c"),
        ("ppo", "a2c"),
        ("a2c", "ppo"),
    ],
)
def test_another_algorithms_model_is_one_sentence(
    saved: str, wanted: str, make_env: MakeEnv, make_model: MakeModel, tmp_path: Path
) -> None:
    save_model(make_model(saved), tmp_path / "model.zip")
    with pytest.raises(UserError, match=f"is not a {wanted.upper()} model for this robot: ") as e:
        load_model(tmp_path / "model.zip", wanted, make_env())
    assert "\n" not in str(e.value)


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 and no more"])
def test_what_is_no_model_is_one_sentence(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "model.zip"
    with pytest.raises(UserError, match="There is no model"):
        load_model(file, "ppo")
    file.write_bytes(content)
    with pytest.raises(UserError, match=r"is damaged \(the end of the file\); take another"):
        load_model(file, "ppo")


def test_a_zip_of_something_else_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "model.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("holiday.jpg", b"")
    with pytest.raises(UserError, match="is not a PPO model for this robot"):
        load_model(file, "ppo")


def test_the_classes_are_stable_baselines3s() -> None:
    assert CLASSES == {"ppo": PPO, "a2c": A2C, "sac": SAC}
