"""A checkpoint is loaded as it was saved; a damaged one is skipped for the one before."""

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from stable_baselines3.common.base_class import BaseAlgorithm

from arm_sim.common.errors import UserError
from arm_trainer.algorithms.registry import ALGORITHMS
from arm_trainer.envs.sb3_vec_env import ArmVecEnv
from arm_trainer.training.checkpoint import (
    load_checkpoint,
    load_model,
    save_checkpoint,
    save_model,
)
from arm_trainer.training.run_folder import RunFolder

MakeEnv = Callable[[], ArmVecEnv]
MakeModel = Callable[[str], BaseAlgorithm]
OFF_POLICY = [name for name, algorithm in ALGORITHMS.items() if algorithm.has_replay_buffer]


def weights(model: BaseAlgorithm) -> dict[str, bytes]:
    return {name: value.numpy().tobytes() for name, value in model.policy.state_dict().items()}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_model_is_loaded_as_it_was_saved(
    algorithm: str, make_env: MakeEnv, make_model: MakeModel, tmp_path: Path
) -> None:
    model = make_model(algorithm).learn(16)
    save_model(model, tmp_path / "model.zip")
    loaded = load_model(tmp_path / "model.zip", algorithm, make_env())
    assert type(loaded) is ALGORITHMS[algorithm].model_class
    assert weights(loaded) == weights(model)
    assert loaded.num_timesteps == model.num_timesteps == 16
    assert [path.name for path in tmp_path.iterdir()] == ["model.zip"]


@pytest.mark.parametrize("algorithm", OFF_POLICY)
def test_training_goes_on_from_a_checkpoint_as_from_another_load_of_it(
    algorithm: str, make_env: MakeEnv, make_model: MakeModel, make_run: Callable[[str], RunFolder]
) -> None:
    model, run = make_model(algorithm).learn(16), make_run(algorithm)
    save_checkpoint(model, run, 16, model.get_env())
    ends = []
    for _ in range(2):
        _, loaded = load_checkpoint(run, make_env(), "cpu")
        loaded.learn(20, reset_num_timesteps=False)
        ends.append((loaded.num_timesteps, weights(loaded)))
    assert ends[0] == ends[1]
    assert ends[0][0] == 36
    assert ends[0][1] != weights(model)


@pytest.mark.parametrize("algorithm", OFF_POLICY)
def test_only_the_two_newest_replay_buffers_are_kept(
    algorithm: str, make_model: MakeModel, make_run: Callable[[str], RunFolder]
) -> None:
    model, run = make_model(algorithm).learn(10), make_run(algorithm)
    for steps in (10, 20, 30):
        save_checkpoint(model, run, steps, model.get_env())
    folder = run.path / "checkpoints"
    assert sorted(path.name for path in folder.iterdir()) == [
        *(f"arm_{algorithm}_{steps}_steps.zip" for steps in (10, 20, 30)),
        "replay_20.npz",
        "replay_30.npz",
    ]


@pytest.mark.parametrize("algorithm", OFF_POLICY)
def test_a_kill_between_replay_buffer_and_model_leaves_the_checkpoint_before(
    algorithm: str,
    make_env: MakeEnv,
    make_model: MakeModel,
    make_run: Callable[[str], RunFolder],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model, run = make_model(algorithm).learn(10), make_run(algorithm)
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


@pytest.mark.parametrize("saved", ALGORITHMS)
@pytest.mark.parametrize("wanted", ALGORITHMS)
def test_another_algorithms_model_is_one_sentence(
    saved: str, wanted: str, make_env: MakeEnv, make_model: MakeModel, tmp_path: Path
) -> None:
    if saved == wanted:
        return
    save_model(make_model(saved), tmp_path / "model.zip")
    with pytest.raises(
        UserError, match=f"is not a {ALGORITHMS[wanted].label} model for this robot: "
    ) as e:
        load_model(tmp_path / "model.zip", wanted, make_env())
    assert "\n" not in str(e.value)
