"""Settings of a training run, from the packaged defaults, a user's file and the command line.

The defaults are in `config/<algorithm>.yaml`. A user's file overrides them, the command line
overrides both, and the result is saved with the run.
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
from arm_trainer.actions.tool_increments import ToolIncrements
from arm_trainer.algorithms.configs import LearnerSettings
from arm_trainer.algorithms.registry import ALGORITHMS, find_algorithm
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.tasks.reach import Reach
from arm_trainer.tasks.registry import TASKS
from arm_trainer.tasks.task import Task, TaskConfig
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
        Reach.name, description="Task's name, or path/to/file.py:Class for one of your own"
    )
    action: str = pydantic.Field(
        ToolIncrements.name,
        description="Action's name, or path/to/file.py:Class for one of your own",
    )
    vision: VisionSettings | None = pydantic.Field(
        None, description="Null for a policy that observes the target's position"
    )
    learner: dict[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def source(self) -> RobotSource:
        """What the robot is loaded from."""
        return RobotSource(self.model, self.scene)

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
        name = TASKS.find(self.task).name
        if self.vision is not None and (conflicts := self.task_config.vision_conflicts()):
            raise ValueError(f"with vision, the goal is not observed: {name}.{conflicts[0]}")
        if self.vision is not None and self.task_config.latency > 0:
            raise ValueError(f"with vision, observations are never late: {name}.latency must be 0")
        return self

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
        return PolicyInterface(task, ACTIONS.find(self.action), target_in_observation)

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
    share = Path(get_package_share_directory("arm_trainer"))
    defaults = read_yaml(share / "config" / found.defaults_file)
    own = {} if file is None else read_yaml(file)
    task = TASKS.find(str(given.get("task") or own.get("task", Reach.name)))
    # Defaults for another task do not concern this one.
    others = set(TASKS.names) - {task.name}
    values = {key: value for key, value in defaults.items() if key not in others}
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
