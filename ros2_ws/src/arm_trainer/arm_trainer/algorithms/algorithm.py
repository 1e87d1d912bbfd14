"""What the rest of the package knows of one learning algorithm."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any

from arm_trainer.algorithms.configs import LearnerSettings

if TYPE_CHECKING:
    from stable_baselines3.common.base_class import BaseAlgorithm


@dataclass(frozen=True)
class Algorithm:
    """One learning algorithm: an entry of the registry.

    Attributes:
        name: Lower-case name, used in settings, file names and run folders.
        class_path: Its Stable-Baselines3 class as 'module:Class'. The class is imported at its
            first use, as commands that only need names should not wait for PyTorch.
        settings_class: The class of its settings (`learner` in a settings file).
        colour: Its Matplotlib colour in plots.
        constructor_options: Arguments of the constructor that are no settings.
        label: The name as it is printed, by default in capital letters.
        compared_by_default: Whether `compare` without `--algorithms` trains it.
    """

    name: str
    class_path: str
    settings_class: type[LearnerSettings]
    colour: str
    constructor_options: Mapping[str, Any] = field(default_factory=dict)
    compared_by_default: bool = True
    label: str = ""

    def __post_init__(self) -> None:
        """Makes the label from the name, unless another is given."""
        object.__setattr__(self, "label", self.label or self.name.upper())

    @property
    def defaults_file(self) -> str:
        """Name of the YAML file with its default settings, in the package's `config` folder."""
        return f"{self.name}.yaml"

    @cached_property
    def model_class(self) -> "type[BaseAlgorithm]":
        """The Stable-Baselines3 class."""
        found: type[BaseAlgorithm] = resolve_name(self.class_path)
        return found

    @cached_property
    def has_replay_buffer(self) -> bool:
        """Whether it learns off-policy, from a replay buffer."""
        from stable_baselines3.common.off_policy_algorithm import OffPolicyAlgorithm

        return issubclass(self.model_class, OffPolicyAlgorithm)
