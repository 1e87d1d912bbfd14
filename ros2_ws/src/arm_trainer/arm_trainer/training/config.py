"""What a training run can be told: algorithm, sizes, and each algorithm's own settings.

Defaults live in `config/ppo.yaml`, `a2c.yaml` and `sac.yaml`; a user's file goes on top of them,
the command line on top of that, and what came out is saved with the run.
"""

import dataclasses
from pathlib import Path
from typing import Any, Literal

import pydantic
import yaml
from ament_index_python.packages import get_package_share_directory

from arm_sim.common.config import build, read_yaml, settings
from arm_sim.common.errors import UserError
from arm_sim.rendering.appearance import Appearance
from arm_sim.robot.robot import Robot
from arm_trainer.backends.camera_views import Views, find_cameras
from arm_trainer.tasks.reach import ReachConfig


@settings
class PPOSettings:
    """Proximal policy optimisation; the names are Stable-Baselines3's."""

    learning_rate: float = pydantic.Field(gt=0)
    final_learning_rate: float = pydantic.Field(gt=0, description="Reached linearly at the end")
    n_steps: int = pydantic.Field(ge=1, description="Control periods of each arm per update")
    batch_size: int = pydantic.Field(ge=2)
    n_epochs: int = pydantic.Field(ge=1)
    gamma: float = pydantic.Field(gt=0, le=1)
    gae_lambda: float = pydantic.Field(ge=0, le=1)
    clip_range: float = pydantic.Field(gt=0)
    ent_coef: float = pydantic.Field(ge=0, description="Weight of the entropy bonus")
    vf_coef: float = pydantic.Field(ge=0)
    max_grad_norm: float = pydantic.Field(gt=0)
    net_arch: list[pydantic.PositiveInt] = pydantic.Field(
        description="Hidden layers of actor and critic"
    )
    log_std_init: float = pydantic.Field(description="Logarithm of the first exploration noise")


@settings
class A2CSettings:
    """Advantage actor-critic with generalised advantage estimation, by Adam."""

    learning_rate: float = pydantic.Field(gt=0)
    final_learning_rate: float = pydantic.Field(gt=0, description="Reached linearly at the end")
    n_steps: int = pydantic.Field(ge=1)
    gamma: float = pydantic.Field(gt=0, le=1)
    gae_lambda: float = pydantic.Field(ge=0, le=1)
    ent_coef: float = pydantic.Field(ge=0)
    vf_coef: float = pydantic.Field(ge=0)
    max_grad_norm: float = pydantic.Field(gt=0)
    normalize_advantage: bool
    net_arch: list[pydantic.PositiveInt]
    log_std_init: float


@settings
class SACSettings:
    """Soft actor-critic with automatic entropy tuning."""

    learning_rate: float = pydantic.Field(gt=0)
    final_learning_rate: float = pydantic.Field(gt=0, description="Reached linearly at the end")
    buffer_size: int = pydantic.Field(ge=1000)
    learning_starts: int = pydantic.Field(ge=0)
    batch_size: int = pydantic.Field(ge=2)
    tau: float = pydantic.Field(gt=0, le=1)
    gamma: float = pydantic.Field(gt=0, le=1)
    train_freq: int = pydantic.Field(ge=1, description="Control periods between updates")
    gradient_steps: int = pydantic.Field(ge=1, description="Gradient steps per update")
    ent_coef: str = pydantic.Field(
        pattern=r"^auto(_(0\.0*[1-9]\d*|[1-9]\d*(\.\d+)?))?$",
        description="'auto' or 'auto_<first value>'",
    )
    net_arch: list[pydantic.PositiveInt]


@settings
class VisionSettings:
    """What a policy sees through that must find the target by sight, and how it learns to."""

    cameras: list[str] = pydantic.Field(
        [], max_length=8, description="Full names, or without '_camera'; none for all there are"
    )
    image_size: int = pydantic.Field(64, ge=16, le=512, description="Width and height, px")
    frame_stack: int = pydantic.Field(4, ge=1, le=16, description="Frames seen at once")
    end_to_end: bool = pydantic.Field(
        False, description="The algorithm learns from the images, without teacher and encoder"
    )
    frames: int = pydantic.Field(
        10_000,
        ge=64,
        description="Samples, each seen by every camera, that the encoder learns from",
    )
    epochs: int = pydantic.Field(4, ge=1, description="How often it goes through them")
    appearance: Appearance | None = pydantic.Field(
        None, description="How what is seen varies in training; none for not at all"
    )

    def views(self, robot: Robot) -> Views:
        """Returns the cameras of a robot that are meant.

        Raises:
            UserError: If it has no such cameras.
        """
        return Views(find_cameras(robot, self.cameras), self.image_size, self.frame_stack)


# Each simulator takes two DDS participants, here and there, and rmw_fastrtps finds 32 on a host.
_MOST_SIMS = 16

LEARNERS = {"ppo": PPOSettings, "a2c": A2CSettings, "sac": SACSettings}


@settings
class TrainingSettings:
    """Everything that decides how a run goes; saved as its settings.yaml."""

    algorithm: Literal["ppo", "a2c", "sac"]
    steps: int = pydantic.Field(100_000, ge=1, description="Control periods in all, over all arms")
    seed: int = pydantic.Field(0, ge=0, lt=2**31)
    device: Literal["auto", "cpu", "cuda"] = "auto"
    model: str = "fetch_arm"
    num_arms: int = pydantic.Field(16, ge=1, le=4096)
    num_sims: int = pydantic.Field(
        1, ge=1, le=_MOST_SIMS, description="Simulators that share the arms, each a process"
    )
    evaluate_every: int = pydantic.Field(5_000, ge=1, description="Steps between evaluations")
    evaluation_episodes: int = pydantic.Field(100, ge=1)
    checkpoint_every: int = pydantic.Field(10_000, ge=1, description="Steps between checkpoints")
    reach: ReachConfig = ReachConfig()
    vision: VisionSettings | None = pydantic.Field(
        None, description="For a policy that sees; none for one that is told where the target is"
    )
    learner: dict[str, Any] = dataclasses.field(default_factory=dict)

    @pydantic.model_validator(mode="after")
    def _every_simulator_has_an_arm(self) -> "TrainingSettings":
        if self.num_sims > self.num_arms:
            raise ValueError(
                f"num_sims is {self.num_sims}; with num_arms {self.num_arms} it must be at most "
                f"{self.num_arms}, as each simulator needs an arm"
            )
        return self

    @pydantic.model_validator(mode="after")
    def _sees_or_is_told(self) -> "TrainingSettings":
        if self.vision is not None and (conflicts := self.reach.vision_conflicts()):
            raise ValueError(f"with vision, nobody knows the goal: reach.{conflicts[0]}")
        if self.vision is not None and self.reach.latency > 0:
            raise ValueError("with vision, training knows no latency: reach.latency must be 0")
        return self

    def appearance(self, unseen: bool = False) -> Appearance | None:
        """Returns how what the cameras see varies, drawn from the run's seed; None for not at all.

        Args:
            unseen: Whether to draw others than the training's.
        """
        varied = None if self.vision is None else self.vision.appearance
        if varied is None:
            return None
        seed = (2 * (varied.seed + self.seed) + unseen) % 2**31
        return dataclasses.replace(varied, seed=seed)  # type: ignore[type-var]

    def learner_settings(self) -> Any:
        """Returns the algorithm's own settings, checked.

        Raises:
            UserError: If a key is unknown or missing, or a value is out of range.
        """
        return build(
            LEARNERS[self.algorithm], self.learner, f"Settings of {self.algorithm}: learner"
        )


def algorithm_name(given: str) -> str:
    """Returns the lower-case name of an algorithm.

    Raises:
        UserError: If it is none of ours.
    """
    name = given.lower()
    if name not in LEARNERS:
        raise UserError(f"Unknown algorithm '{given}' (valid: {', '.join(LEARNERS).upper()}).")
    return name


def load_settings(algorithm: str, file: Path | None = None, **given: Any) -> TrainingSettings:
    """Returns the settings of a run.

    Args:
        algorithm: 'PPO', 'A2C' or 'SAC', in any case.
        file: A user's YAML over the packaged defaults, or None.
        **given: Values on top of both; None is as if not given.

    Raises:
        UserError: If the algorithm, a key or a value is wrong.
    """
    name = algorithm_name(algorithm)
    values = read_yaml(Path(get_package_share_directory("arm_trainer")) / "config" / f"{name}.yaml")
    source = "Settings"
    if file is not None:
        own = read_yaml(file)
        if str(own.get("algorithm", name)).lower() != name:
            raise UserError(f"{file} is for {own['algorithm']}, not for {name.upper()}.")
        values = _merge(values, own)
        source = str(file)
    given = {key: value for key, value in given.items() if value is not None}
    if file is not None and given:
        source = f"{file} with {', '.join(given)} as given"
    values = _merge(values, given)
    if values.get("vision") is not None:
        values = _merge({"reach": ReachConfig.VISION}, values)
    result = build(TrainingSettings, {**values, "algorithm": name}, source)
    result.learner_settings()
    return result


def read_settings(file: Path) -> TrainingSettings:
    """Returns the settings saved with a run.

    Raises:
        UserError: If they can't be read.
    """
    result = build(TrainingSettings, read_yaml(file), str(file))
    result.learner_settings()
    return result


def to_yaml(given: TrainingSettings) -> str:
    """Returns settings as YAML that `read_settings` reads back."""
    return yaml.safe_dump(dataclasses.asdict(given), sort_keys=False)  # type: ignore[call-overload]


def _merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merge(merged[key], value) if both else value
    return merged
