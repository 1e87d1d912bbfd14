"""Defaults, a user's file and the command line make settings that are checked and saved."""

import dataclasses
import shutil
from pathlib import Path

import pytest
import yaml
from ament_index_python.packages import get_package_share_directory

from arm_sim.common.errors import UserError
from arm_sim.scene.loader import load_robot
from arm_trainer.algorithms.registry import ALGORITHMS
from arm_trainer.tasks.reach import ReachConfig
from arm_trainer.tasks.registry import TASKS
from arm_trainer.training import config
from arm_trainer.training.config import (
    TrainingSettings,
    load_settings,
    read_settings,
    to_yaml,
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "mine.yaml"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_packaged_defaults_load(algorithm: str) -> None:
    settings = load_settings(algorithm)
    assert settings.algorithm == algorithm
    assert settings.steps == 100_000
    assert settings.seed == 0
    # A2C alone starts anew after every failure, and after no success.
    stays = {"stay_after_failure": 0.0, "stay_after_success": 1.0} if algorithm == "a2c" else {}
    assert settings.task_config == ReachConfig(**stays)
    learner = settings.learner_settings()
    assert isinstance(learner, ALGORITHMS[algorithm].settings_class)
    assert vars(learner) == settings.learner
    assert learner.gamma == 0.95


@pytest.mark.parametrize("task", TASKS.names)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_packaged_defaults_of_every_task_load_and_are_read_back(
    algorithm: str, task: str, file: Path
) -> None:
    settings = load_settings(algorithm, task=task)
    assert (settings.algorithm, settings.task) == (algorithm, task)
    assert isinstance(settings.task_config, TASKS.find(task).config_class)
    # Only what learns on-policy can imitate, and reach shows nothing.
    imitates = algorithm == "ppo" and task != "reach"
    assert (settings.demonstrations > 0) == imitates
    file.write_text(to_yaml(settings))
    assert read_settings(file) == settings


def test_what_a_task_sets_for_one_algorithm_is_for_that_one_alone() -> None:
    lift, reach = load_settings("ppo", task="lift"), load_settings("ppo")
    assert lift.learner["log_std_init"] == -1.5 and lift.steps == 150_000
    assert lift.learner["clip_range"] == reach.learner["clip_range"]
    assert load_settings("sac", task="lift").learner == load_settings("sac").learner
    assert load_settings("sac", task="lift").steps == 150_000


def test_a_users_file_goes_over_the_defaults_of_its_task(file: Path) -> None:
    file.write_text("task: lift\nlearner: {gamma: 0.9}\nlift: {object: {mass: 0.1}}\n")
    settings, default = load_settings("ppo", file), load_settings("ppo", task="lift")
    assert settings.learner == default.learner | {"gamma": 0.9}
    assert settings.steps == default.steps
    assert settings.task_config.object.mass == 0.1
    assert settings.task_config.highest_goal == default.task_config.highest_goal


def test_unknown_keys_of_a_task_with_objects_are_refused(file: Path) -> None:
    file.write_text("task: lift\nlift: {object: {weight: 1}, height: 2}\n")
    with pytest.raises(UserError) as caught:
        load_settings("ppo", file)
    assert "unknown key 'lift.object.weight' (valid: shape, size, file, mass, " in str(caught.value)
    assert "unknown key 'lift.height' (valid: control_rate, " in str(caught.value)
    file.write_text("task: lift\npush: {rest_speed: 1}\n")
    with pytest.raises(UserError, match="unknown key 'push'"):
        load_settings("ppo", file)


@pytest.fixture
def packaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a copy of the packaged defaults, which is used in their place."""
    share = get_package_share_directory("arm_trainer")
    folder = Path(shutil.copytree(Path(share) / "config", tmp_path / "share" / "config"))
    monkeypatch.setattr(config, "get_package_share_directory", lambda _: str(tmp_path / "share"))
    return folder


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("stepps: 3", "unknown key 'stepps'"),
        ("lift: {heigth: 3}", "unknown key 'lift.heigth'"),
        ("ppo: {learner: {batch: 3}}", "unknown key 'batch'"),
        ("pppo: {steps: 3}", "unknown key 'pppo'"),
    ],
)
def test_an_unknown_key_in_a_tasks_defaults_is_refused(
    packaged: Path, text: str, sentence: str
) -> None:
    load_settings("ppo", task="lift")
    (packaged / "tasks" / "lift.yaml").write_text(text)
    with pytest.raises(UserError, match=sentence):
        load_settings("ppo", task="lift")


@pytest.mark.parametrize("given", ["PPO", "Ppo", "ppo"])
def test_algorithms_are_named_in_any_case(given: str) -> None:
    assert load_settings(given).algorithm == "ppo"


@pytest.mark.parametrize("given", ["ddpg", "", "PPO "])
def test_an_unknown_algorithm_names_those_there_are(given: str) -> None:
    valid = ", ".join(algorithm.label for algorithm in ALGORITHMS.values())
    with pytest.raises(UserError, match=rf"Unknown algorithm '{given}' \(valid: {valid}\)"):
        load_settings(given)


def test_a_users_file_goes_over_the_defaults_key_by_key(file: Path) -> None:
    file.write_text("steps: 500\nreach: {tolerance: 0.05}\nlearner: {gamma: 0.9, net_arch: [8]}\n")
    settings, default = load_settings("ppo", file), load_settings("ppo")
    assert settings.steps == 500
    assert settings.task_config == ReachConfig(tolerance=0.05)
    assert settings.learner == default.learner | {"gamma": 0.9, "net_arch": [8]}
    assert settings.num_arms == default.num_arms


def test_the_command_line_goes_over_the_file(file: Path) -> None:
    file.write_text("steps: 500\nnum_arms: 3\nseed: 4\n")
    settings = load_settings("sac", file, steps=7, num_arms=None, device="cpu")
    assert (settings.steps, settings.num_arms, settings.seed) == (7, 3, 4)
    assert settings.device == "cpu"


def test_a_file_is_not_blamed_alone_for_what_the_command_line_says(file: Path) -> None:
    file.write_text("seed: 4\n")
    with pytest.raises(UserError, match=r"mine.yaml with steps, device as given: 'steps' is 0"):
        load_settings("ppo", file, steps=0, device="cpu", num_arms=None)


def test_an_empty_file_changes_nothing(file: Path) -> None:
    file.write_text("# nothing\n")
    assert load_settings("a2c", file) == load_settings("a2c")


TOP = (
    "algorithm, steps, seed, device, model, scene, num_arms, num_sims, evaluate_every, "
    "evaluation_episodes, checkpoint_every, task, action, demonstrations, vision, learner, reach"
)
REACH = (
    "control_rate, hold_periods, max_periods, stay_after_success, stay_after_failure, latency, "
    "tolerance, start_spread, start_elsewhere, target_spread, gripper_distance, reward"
)
A2C = (
    "learning_rate, final_learning_rate, gamma, net_arch, n_steps, gae_lambda, ent_coef, vf_coef, "
    "max_grad_norm, log_std_init, normalize_advantage"
)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("step: 5", f"unknown key 'step' (valid: {TOP})."),
        ("reach: {tolerence: 1}", f"unknown key 'reach.tolerence' (valid: {REACH})."),
        ("learner: {batch: 1}", f"unknown key 'batch' (valid: {A2C})."),
        ("steps: 0", "'steps' is 0: Input should be greater than or equal to 1."),
        ("steps: many", "'steps' is 'many': Input should be a valid integer"),
        ("seed: -1", "'seed' is -1: Input should be greater than or equal to 0."),
        ("seed: 2147483648", "'seed' is 2147483648: Input should be less than 2147483648."),
        ("num_arms: 5000", "'num_arms' is 5000: Input should be less than or equal to 4096."),
        ("num_sims: 0", "'num_sims' is 0: Input should be greater than or equal to 1."),
        ("num_sims: 17", "'num_sims' is 17: Input should be less than or equal to 16."),
        (
            "{num_sims: 3, num_arms: 2}",
            "mine.yaml: num_sims is 3; with num_arms 2 it must be at most 2, as each simulator "
            "needs an arm.",
        ),
        ("device: tpu", "'device' is 'tpu': Input should be 'auto', 'cpu' or 'cuda'."),
        ("reach: {tolerance: 0}", "'reach.tolerance' is 0: Input should be greater than 0."),
        ("reach: {start_elsewhere: 2}", "'reach.start_elsewhere' is 2: Input should be less"),
        ("reach: {latency: -0.1}", "'reach.latency' is -0.1: Input should be greater than or"),
        ("reach: {latency: 2}", "'reach.latency' is 2: Input should be less than or equal to 1."),
        (
            "{vision: {}, reach: {latency: 0.05}}",
            "mine.yaml: with vision, observations are never late: reach.latency must be 0.",
        ),
        ("reach: near", "'reach' is 'near': Input should be a dictionary"),
        ("learner: {gamma: 1.5}", "'gamma' is 1.5: Input should be less than or equal to 1."),
        ("learner: {n_steps: 1.5}", "'n_steps' is 1.5: Input should be a valid integer"),
        ("learner: {net_arch: wide}", "'net_arch' is 'wide': Input should be a valid list."),
        ("learner: {gamma: }", "'gamma' is None: Input should be a valid number."),
        ("learner: 3", "'learner' is 3: Input should be a valid dictionary."),
        ("learner:", "'learner' is None: Input should be a valid dictionary."),
        ("- steps", "must hold 'key: value' lines, not a list."),
    ],
)
def test_a_mistake_is_one_sentence(file: Path, text: str, sentence: str) -> None:
    file.write_text(text)
    with pytest.raises(UserError) as caught:
        load_settings("a2c", file)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_mistake_names_where_it_is(file: Path) -> None:
    file.write_text("step: 5")
    with pytest.raises(UserError, match=r"mine\.yaml: unknown key"):
        load_settings("a2c", file)
    with pytest.raises(UserError, match=r"^Settings of sac: learner: unknown key 'clip_range'"):
        file.write_text("learner: {clip_range: 0.2}")
        load_settings("sac", file)
    with pytest.raises(UserError, match=r"Can't read .*nowhere\.yaml: No such file"):
        load_settings("sac", file.with_name("nowhere.yaml"))


def test_a_file_for_another_algorithm_is_refused(file: Path) -> None:
    file.write_text("algorithm: a2c\n")
    with pytest.raises(UserError):
        load_settings("ppo", file)


@pytest.mark.parametrize(
    "text",
    [
        "reach: {control_rate: .inf}",
        "reach: {tolerance: .inf}",
        "reach: {target_spread: .inf}",
        "reach: {hold_periods: 101}",  # More than max_periods: no episode can succeed.
        "learner: {learning_rate: .inf}",
        "learner: {tau: .nan}",
        "learner: {ent_coef: automatic}",  # The pattern is searched for, not matched.
        "learner: {ent_coef: auto_0}",  # SB3 asserts that it is more.
        "learner: {net_arch: [-4]}",
    ],
)
def test_what_could_not_work_is_refused(file: Path, text: str) -> None:
    file.write_text(text)
    with pytest.raises(UserError):
        load_settings("sac", file)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_saved_settings_are_read_back(file: Path, algorithm: str) -> None:
    file.write_text("reach: {tolerance: 0.1}\nlearner: {net_arch: [3, 4], gamma: 0.1}\n")
    settings = load_settings(algorithm, file, steps=7, seed=2**31 - 1)
    saved = file.with_name("settings.yaml")
    saved.write_text(to_yaml(settings))
    assert read_settings(saved) == settings
    # Every value is there in the open, defaults included.
    content = yaml.safe_load(saved.read_text())
    assert set(content) == {*TrainingSettings.__dataclass_fields__, "reach"}
    assert set(content["reach"]) == {field.name for field in dataclasses.fields(ReachConfig)}
    assert set(content["learner"]) == {
        field.name for field in dataclasses.fields(ALGORITHMS[algorithm].settings_class)
    }


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("algorithm: ppo", "algorithm: dqn", "'algorithm' is 'dqn': Input should be 'ppo', 'a2c'"),
        ("algorithm: ppo", "", "key 'algorithm' is missing"),
        ("algorithm: ppo", "algorithm: sac", "Settings of sac: learner: "),
        ("steps:", "stepps:", "unknown key 'stepps'"),
        ("gamma:", "gama:", "unknown key 'gama'"),
    ],
)
def test_damaged_saved_settings_are_one_sentence(
    file: Path, old: str, new: str, sentence: str
) -> None:
    text = to_yaml(load_settings("ppo"))
    assert old in text
    file.write_text(text.replace(old, new))
    with pytest.raises(UserError) as caught:
        read_settings(file)
    assert sentence in str(caught.value)


def test_appearances_follow_from_the_runs_seed_and_unseen_ones_are_nobodys() -> None:
    varied = {"appearance": {"light": 0.3, "seed": 5}}
    runs = [load_settings("ppo", seed=seed, vision=varied) for seed in range(50)]
    looks = [run.appearance(unseen) for run in runs for unseen in (False, True)]
    assert len({look.seed for look in looks}) == 100
    assert {look.light for look in looks} == {0.3}
    assert load_settings("ppo", seed=2**31 - 1, vision=varied).appearance() is not None
    assert load_settings("ppo", vision={}).appearance() is None
    assert load_settings("ppo").appearance() is None


OWN = """
from typing import ClassVar

from arm_sim.common.config import settings
from arm_trainer.tasks.task import Task, TaskConfig


@settings
class Config(TaskConfig):
    width: float = 0.1


class Own(Task):
    name: ClassVar[str] = "{name}"
    config_class: ClassVar[type[TaskConfig]] = Config
    observation: ClassVar[tuple[str, ...]] = ("tool_position",)
"""


def test_a_task_of_ones_own_has_its_settings_under_its_name(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(OWN.replace("{name}", "own_settings"))
    file = tmp_path / "mine.yaml"
    file.write_text("own_settings: {width: 0.2}\n")
    task = f"{tmp_path / 'own.py'}:Own"
    settings = load_settings("A2C", file, task=task, latency=0.1)
    assert settings.task_config.width == 0.2
    assert settings.task_config.latency == 0.1
    saved = tmp_path / "settings.yaml"
    saved.write_text(to_yaml(settings))
    content = yaml.safe_load(saved.read_text())
    assert content["task"] == task
    assert "reach" not in content  # Nor are reach's defaults for A2C taken over.
    assert settings.task_config.stay_after_failure == 0.5
    assert read_settings(saved) == settings
    with pytest.raises(UserError, match="unknown key 'reach'"):
        load_settings("PPO", task=task, reach={"tolerance": 0.1})


def test_a_task_named_like_a_setting_is_refused(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(OWN.replace("{name}", "steps"))
    with pytest.raises(UserError, match="A task can't be named 'steps'"):
        load_settings("PPO", task=f"{tmp_path / 'own.py'}:Own")


def test_an_unknown_task_or_action_is_one_sentence() -> None:
    with pytest.raises(UserError, match=r"Unknown task 'pour' \(valid: reach"):
        load_settings("PPO", task="pour")
    with pytest.raises(
        UserError, match=r"Unknown action 'torque' \(valid: joint_increments, tool_increments, hand"
    ):
        load_settings("PPO", action="torque").interface(load_robot())
