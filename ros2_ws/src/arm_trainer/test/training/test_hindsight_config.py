"""Hindsight is asked for by one setting or option, and refused in a sentence where it can't be."""

from pathlib import Path

import pytest

from arm_sim.common.errors import UserError
from arm_sim.robot.robot import Robot
from arm_trainer.algorithms.registry import ALGORITHMS
from arm_trainer.cli import train_options
from arm_trainer.training.config import TrainingSettings, load_settings, read_settings, to_yaml
from arm_trainer.training.run_folder import RunFolder

OFF_POLICY = [name for name, algorithm in ALGORITHMS.items() if algorithm.has_replay_buffer]
ON_POLICY = [name for name in ALGORITHMS if name not in OFF_POLICY]


def asked_for(name: str, **given: object) -> TrainingSettings:
    return load_settings(name, learner={"her": True}, **given)


@pytest.mark.parametrize("name", OFF_POLICY)
def test_it_is_off_unless_asked_for(name: str, robot: Robot, tmp_path: Path) -> None:
    assert not load_settings(name).her
    assert not load_settings(name).interface(robot).goal_conditioned
    settings = asked_for(name)
    assert settings.her and settings.interface(robot).goal_conditioned
    assert settings.learner == load_settings(name).learner | {"her": True}
    (tmp_path / "settings.yaml").write_text(to_yaml(settings))
    assert read_settings(tmp_path / "settings.yaml") == settings


@pytest.mark.parametrize("name", ON_POLICY)
def test_an_algorithm_without_replay_buffer_is_refused(name: str) -> None:
    sentence = rf"needs a replay buffer: {name.upper()} has none \(valid: SAC, TQC, CrossQ\)\.$"
    with pytest.raises(UserError, match=sentence):
        asked_for(name)


def test_with_vision_it_is_refused() -> None:
    with pytest.raises(UserError, match=r"\(learner.her\) needs the goal's position, which is not"):
        asked_for("sac", vision={})


def test_a_buffer_that_may_hold_no_whole_episode_is_refused() -> None:
    with pytest.raises(UserError, match=r"learner.buffer_size must be at least .* = 3200"):
        load_settings("sac", num_arms=16, learner={"her": True, "buffer_size": 3199})
    assert load_settings("sac", num_arms=16, learner={"her": True, "buffer_size": 3200}).her
    assert not load_settings("sac", num_arms=16, learner={"buffer_size": 3199}).her


@pytest.mark.parametrize("value", ["many", 1, None])
def test_a_value_that_is_no_yes_or_no_is_refused(value: object) -> None:
    with pytest.raises(UserError, match=r"'her' is .*: Input should be a valid boolean"):
        load_settings("sac", learner={"her": value})


def test_a_wrong_buffer_size_is_still_one_sentence() -> None:
    with pytest.raises(UserError, match="'buffer_size' is 'many': Input should be a valid integer"):
        load_settings("sac", learner={"her": True, "buffer_size": "many"})


def test_the_option_is_the_setting() -> None:
    parser = train_options.parser(None)
    given = parser.parse_args(["--algorithm", "TQC", "--her"])
    assert train_options.new_settings(given) == asked_for("tqc")
    assert not train_options.new_settings(parser.parse_args(["--algorithm", "TQC"])).her


def test_a_resumed_run_keeps_it(tmp_path: Path) -> None:
    parser = train_options.parser(None)
    for her in (True, False):
        run = RunFolder.create(tmp_path, "fetch_arm", "sac")
        run.settings.write_text(to_yaml(asked_for("sac") if her else load_settings("sac")))
        given = parser.parse_args(["--resume", str(run.path), "--her"])
        if her:
            assert train_options.saved_settings(given).her
            continue
        with pytest.raises(UserError, match="A resumed run keeps its settings: leave out her"):
            train_options.saved_settings(given)


def test_compare_does_not_take_it() -> None:
    given = train_options.parser(None).parse_args(["--compare", "--her"])
    with pytest.raises(UserError, match="--her: not with --compare"):
        train_options.compare_arguments(given)
