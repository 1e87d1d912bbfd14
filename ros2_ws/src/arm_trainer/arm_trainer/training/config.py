"""Settings of a training run, from the packaged defaults, a user's file and the command line.

The defaults are in `config/<algorithm>.yaml`, overridden by those of the task in
`config/tasks/<task>.yaml`. A user's file overrides them, the command line overrides all, and the
result is saved with the run.
"""

import dataclasses
import functools
from pathlib import Path
from typing import Annotated, Any, Literal

import pydantic
import yaml
from ament_index_python.packages import get_package_share_directory

from arm_sim.common.config import build, read_yaml, settings
from arm_sim.common.errors import UserError
from arm_sim.robot.appearance_config import Appearance
from arm_sim.robot.robot import Robot
from arm_sim.scene.loader import RobotSource
from arm_trainer.actions.registry import ACTIONS
from arm_trainer.algorithms.algorithm import Algorithm
from arm_trainer.algorithms.configs import LearnerSettings, OffPolicySettings
from arm_trainer.algorithms.registry import ALGORITHMS, find_algorithm
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.tasks.object_terms import is_about_object
from arm_trainer.tasks.reach import Reach
from arm_trainer.tasks.registry import TASKS
from arm_trainer.tasks.task import Task, TaskConfig, source_for
from arm_trainer.training.hindsight_config import hindsight_conflict
from arm_trainer.training.vision_config import VisionSettings

# Each simulator has two DDS participants, one in the trainer and one of its own, and rmw_fastrtps
# finds at most 32 on a host.
_MOST_SIMS = 16


def _registered(name: str) -> str:
    if name not in ALGORITHMS:
        *others, last = map(repr, ALGORITHMS)
        raise ValueError(f"Input should be {', '.join(others)} or {last}")
    return name


@settings
class TrainingSettings:
    """All settings of a training run but the task's; saved as its settings.yaml.

    `settings_class` adds the task's settings, as a field of the task's name.
    """

    algorithm: Annotated[str, pydantic.AfterValidator(_registered)]
    steps: int = pydantic.Field(100_000, ge=1, description="Control periods in all, over all arms")
    seed: int = pydantic.Field(0, ge=0, lt=2**31, description="Seed of everything random")
    device: Literal["auto", "cpu", "cuda"] = pydantic.Field("auto", description="auto, cpu or cuda")
    model: str = pydantic.Field(
        "fetch_arm", description="Built-in robot's name, or path to an MJCF or URDF file"
    )
    scene: str = pydantic.Field(
        "", description="Path to a scene YAML; by default the file of the model's name beside it"
    )
    num_arms: int = pydantic.Field(16, ge=1, le=4096, description="Arms trained side by side")
    num_sims: int = pydantic.Field(
        1, ge=1, le=_MOST_SIMS, description="Simulators that share the arms, each a process"
    )
    evaluate_every: int = pydantic.Field(5_000, ge=1, description="Steps between evaluations")
    evaluation_episodes: int = pydantic.Field(100, ge=1, description="Episodes per evaluation")
    checkpoint_every: int = pydantic.Field(10_000, ge=1, description="Steps between checkpoints")
    task: str = pydantic.Field(
        Reach.name,
        description=f"Task: {', '.join(TASKS.names)}, or path/to/file.py:Class for one of your own",
    )
    action: str = pydantic.Field(
        "",
        description=f"Action: {', '.join(ACTIONS.names)}, or path/to/file.py:Class for one of your "
        "own; by default the task's",
    )
    demonstrations: int = pydantic.Field(
        0,
        ge=0,
        description="Control periods of each arm in which the policy first imitates what the task "
        "demonstrates; only for algorithms that learn on-policy",
    )
    vision: VisionSettings | None = pydantic.Field(
        None, description="Null for a policy that observes the target's position"
    )
    learner: dict[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def source(self) -> RobotSource:
        """What the robot is loaded from, with the task's objects.

        Raises:
            UserError: If the robot can't be loaded, or can't do the task.
        """
        plain = RobotSource(self.model, self.scene)
        return source_for(plain, TASKS.find(self.task), self.task_config)

    @pydantic.model_validator(mode="after")
    def _every_simulator_has_an_arm(self) -> "TrainingSettings":
        if self.num_sims > self.num_arms:
            raise ValueError(
                f"num_sims is {self.num_sims}; with num_arms {self.num_arms} it must be at most "
                f"{self.num_arms}, as each simulator needs an arm"
            )
        return self

    @pydantic.model_validator(mode="after")
    def _vision_goes_with_the_task(self) -> "TrainingSettings":
        task = TASKS.find(self.task)
        name = task.name
        if self.vision is not None and any(map(is_about_object, task.observation)):
            raise ValueError(
                f"with vision, a policy finds the goal in images, but not objects, as '{name}' has "
                "(valid: a task without objects, such as reach, or vision: null)"
            )
        if self.vision is not None and (conflicts := self.task_config.vision_conflicts()):
            raise ValueError(f"with vision, the goal is not observed: {name}.{conflicts[0]}")
        if self.vision is not None and self.task_config.latency > 0:
            raise ValueError(f"with vision, observations are never late: {name}.latency must be 0")
        return self

    @pydantic.model_validator(mode="after")
    def _demonstrations_go_with_the_algorithm(self) -> "TrainingSettings":
        off_policy = issubclass(ALGORITHMS[self.algorithm].settings_class, OffPolicySettings)
        if self.demonstrations and off_policy:
            raise ValueError(
                f"demonstrations is {self.demonstrations}; {self.algorithm} learns off-policy, so "
                "it must be 0 (valid for PPO and A2C)"
            )
        return self

    @pydantic.model_validator(mode="after")
    def _hindsight_is_possible(self) -> "TrainingSettings":
        if self.her and (conflict := hindsight_conflict(self)):
            raise ValueError(f"hindsight experience replay (learner.her) {conflict}")
        return self

    @property
    def her(self) -> bool:
        """Whether to learn by hindsight experience replay, from goal-conditioned observations."""
        return self.learner.get("her", False) is True

    @property
    def task_config(self) -> TaskConfig:
        """The task's settings."""
        config: TaskConfig = getattr(self, TASKS.find(self.task).name)
        return config

    def interface(self, robot: Robot, target_in_observation: bool = True) -> PolicyInterface:
        """Returns task, action and observation for a robot.

        Raises:
            UserError: If the task or the action is unknown.
        """
        task = TASKS.find(self.task)(robot, self.task_config)
        action = ACTIONS.find(self.action or task.action)
        return PolicyInterface(task, action, target_in_observation, self.her)

    def appearance(self, unseen: bool = False) -> Appearance | None:
        """Returns how colours and light vary, with a seed that follows from the run's.

        Args:
            unseen: Whether to draw other appearances than the training's.

        Returns:
            None if they don't vary.
        """
        return None if self.vision is None else self.vision.seeded_appearance(self.seed, unseen)

    def learner_settings(self) -> LearnerSettings:
        """Returns the algorithm's own settings, checked.

        Raises:
            UserError: If a key is unknown or missing, or a value is out of range.
        """
        settings_class = ALGORITHMS[self.algorithm].settings_class
        return build(settings_class, self.learner, f"Settings of {self.algorithm}: learner")


def settings_class(task: str) -> type[TrainingSettings]:
    """Returns the class of the settings for a task: its own are a field of its name.

    Raises:
        UserError: If the task is unknown, or is named like another setting.
    """
    found = TASKS.find(task)
    if found.name in {field.name for field in dataclasses.fields(TrainingSettings)}:  # type: ignore[arg-type]
        raise UserError(f"A task can't be named '{found.name}', as a setting is.")
    return _settings_class(found)


@functools.cache
def _settings_class(task: type[Task]) -> type[TrainingSettings]:
    config = task.config_class
    members = {"__annotations__": {task.name: config}, task.name: config(), "__module__": __name__}
    made: Any = settings(type(TrainingSettings.__name__, (TrainingSettings,), members))
    return made


def load_settings(algorithm: str, file: Path | None = None, **given: Any) -> TrainingSettings:
    """Returns the settings of a new run.

    Args:
        algorithm: The algorithm's name, in upper or lower case.
        file: A user's YAML file, which overrides the packaged defaults; or None.
        **given: Values that override both; None stands for a value that is not given. `latency`
            is the task's.

    Raises:
        UserError: If the algorithm, a key or a value is wrong.
    """
    found = find_algorithm(algorithm)
    own = {} if file is None else read_yaml(file)
    task = TASKS.find(str(given.get("task") or own.get("task", Reach.name)))
    values = _defaults(found, task.name)
    source = "Settings"
    if file is not None:
        if str(own.get("algorithm", found.name)).lower() != found.name:
            raise UserError(f"{file} is for {own['algorithm']}, not for {found.label}.")
        values = _merge(values, own)
        source = str(file)
    given = {key: value for key, value in given.items() if value is not None}
    if "latency" in given:
        given[task.name] = {"latency": given.pop("latency")}
    if file is not None and given:
        source = f"{file} with {', '.join(given)} as given"
    values = _merge(values, given)
    if values.get("vision") is not None:
        values = _merge({task.name: task.config_class.VISION}, values)
    cls = settings_class(task.name)
    result = build(cls, {**values, "algorithm": found.name}, source)
    result.learner_settings()
    return result


def _defaults(algorithm: Algorithm, task: str) -> dict[str, Any]:
    """The packaged defaults of an algorithm, overridden by those of a task, if it has some.

    In a task's file, what stands under an algorithm's name is for this algorithm alone.
    """
    folder = Path(get_package_share_directory("arm_trainer")) / "config"
    values, file = read_yaml(folder / algorithm.defaults_file), folder / "tasks" / f"{task}.yaml"
    if not file.is_file():
        return values
    of_task = read_yaml(file)
    for_algorithm = of_task.get(algorithm.name, {})
    shared = {key: value for key, value in of_task.items() if key not in ALGORITHMS}
    return _merge(_merge(values, shared), for_algorithm)


def read_settings(file: Path) -> TrainingSettings:
    """Returns the settings that were saved with a run.

    Raises:
        UserError: If they can't be read.
    """
    values = read_yaml(file)
    cls = settings_class(str(values.get("task", Reach.name)))
    result = build(cls, values, str(file))
    result.learner_settings()
    return result


def to_yaml(given: TrainingSettings) -> str:
    """Returns settings as YAML, which `read_settings` reads."""
    return yaml.safe_dump(dataclasses.asdict(given), sort_keys=False)  # type: ignore[call-overload]


def _merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Returns `base` with the values of `over` on top, mappings merged key by key."""
    merged = dict(base)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merge(merged[key], value) if both else value
    return merged
