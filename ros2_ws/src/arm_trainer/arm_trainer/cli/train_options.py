"""Options of `train`, and the settings that follow from them."""

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from arm_sim.common.errors import UserError
from arm_trainer.algorithms.configs import OffPolicySettings
from arm_trainer.algorithms.device import choose_device
from arm_trainer.algorithms.registry import (
    DEFAULT_ALGORITHM,
    default_comparison,
    describe_choices,
    find_algorithm,
)
from arm_trainer.cli import simulators
from arm_trainer.cli.arguments import CommandLine, optional, own_class, robot_model, scene_path
from arm_trainer.training.config import TrainingSettings, load_settings, read_settings
from arm_trainer.training.run_folder import RunFolder
from arm_trainer.training.vision_config import VisionSettings

_COMPARE_STEPS = 50_000
_SETTINGS = ("steps", "device", "seed", "num_arms", "num_sims", "model", "scene", "task", "action")
_VISION_SETTINGS = ("image_size", "frame_stack", "cameras", "end_to_end")


def parser(description: str | None) -> CommandLine:
    """Returns the command line's parser."""
    parser = CommandLine(prog="train", description=description)
    parser.add_argument(
        "--algorithm", help=f"{describe_choices()} (default: {DEFAULT_ALGORITHM.label})"
    )
    parser.add_setting(TrainingSettings, "steps", default="the task's")
    for name in ("device", "seed"):
        parser.add_setting(TrainingSettings, name)
    parser.add_setting(TrainingSettings, "num_arms", default="the algorithm's")
    parser.add_setting(
        TrainingSettings,
        "num_sims",
        after="; external ones are looked for in the namespaces sim_0, sim_1 and so on, below the "
        "trainer's own",
    )
    parser.add_setting(TrainingSettings, "model", convert=robot_model)
    parser.add_setting(TrainingSettings, "scene", convert=scene_path)
    for name in ("task", "action"):
        parser.add_setting(TrainingSettings, name, convert=own_class)
    parser.add_argument(
        "--latency",
        type=optional(float),
        help="observations are late by up to so many ms, drawn anew for each episode, so that the "
        "policy tolerates it where it is deployed (default: 0)",
    )
    parser.add_setting(OffPolicySettings, "her")
    parser.add_argument(
        "--vision",
        nargs="?",
        const="true",
        choices=["true", "false"],
        help="the policy does not observe the target's position, but finds it by cameras",
    )
    for name in _VISION_SETTINGS:
        after = "; joined by commas" if name == "cameras" else ""
        parser.add_setting(VisionSettings, name, before="with --vision: ", after=after)
    parser.add_argument(
        "--settings", type=Path, help="YAML file with settings that override the packaged ones"
    )
    parser.add_log_dir("where runs go")
    meanings = "; ".join(f"{name}: {text}" for name, text in simulators.CHOICES.items())
    parser.add_argument(
        "--sim", choices=list(simulators.CHOICES), default="own", help=f"{meanings} (default: own)"
    )
    compared = ", ".join(algorithm.label for algorithm in default_comparison())
    parser.add_argument(
        "--compare", action="store_true", help=f"compare {compared} instead; see compare --help"
    )
    parser.add_argument(
        "--compare-steps",
        type=int,
        help=f"with --compare: steps of each (default: {_COMPARE_STEPS})",
    )
    parser.add_argument("--resume", type=Path, metavar="RUN", help="resume an interrupted run")
    return parser


def new_settings(given: argparse.Namespace) -> TrainingSettings:
    """Returns the settings of a new run.

    Raises:
        UserError: If one is wrong, or robot, task, action, cameras or device are not there.
    """
    values = {name: getattr(given, name) for name in _SETTINGS}
    algorithm = given.algorithm or DEFAULT_ALGORITHM.name
    if given.latency is not None:
        values["latency"] = given.latency / 1000.0
    if given.her:
        values["learner"] = {"her": True}
    settings = load_settings(algorithm, given.settings, **values, vision=_vision_values(given))
    robot = settings.source.load()
    settings.interface(robot)
    choose_device(find_algorithm(settings.algorithm), settings.device)
    if settings.vision is not None:
        settings.vision.views(robot)
    return settings


def saved_settings(given: argparse.Namespace) -> TrainingSettings:
    """Returns the settings of the run to resume.

    Raises:
        UserError: If an option differs from them, or there is no such run.
    """
    settings = read_settings(RunFolder.open(given.resume).settings)
    odd = [
        name for name in _SETTINGS if getattr(given, name) not in (None, getattr(settings, name))
    ]
    if given.algorithm and given.algorithm.lower() != settings.algorithm:
        odd.append("algorithm")
    if given.latency is not None:
        odd.append("latency")
    if given.her and not settings.her:
        odd.append("her")
    if _vision_values(given) is not None:
        odd.append("vision")
    if odd or given.settings:
        raise UserError(
            f"A resumed run keeps its settings: leave out {', '.join(odd) or 'settings'}."
        )
    return settings


def _vision_values(given: argparse.Namespace) -> dict[str, Any] | None:
    """Returns the vision settings of a command line; None without --vision."""
    values = {name: getattr(given, name) for name in _VISION_SETTINGS}
    values = {name: value for name, value in values.items() if value is not None}
    if given.vision == "true":
        return values
    if values:
        raise UserError(f"{_options(values)}: only for a policy that sees; add --vision.")
    return None


def compare_arguments(given: argparse.Namespace) -> list[str]:
    """Returns the `compare` command line for `train --compare`.

    Raises:
        UserError: If an option is given that `compare` does not take.
    """
    names = {"algorithm", "latency", "her", "resume", *_SETTINGS, *_VISION_SETTINGS} - {
        "device",
        "model",
        "scene",
    }
    odd = [name for name in vars(given) if name in names and getattr(given, name) is not None]
    odd += ["vision"] * (given.vision == "true") + ["sim"] * (given.sim != "own")
    if odd:
        raise UserError(
            f"{_options(odd)}: not with --compare (valid: --compare-steps, --device, --model, "
            "--scene, --settings, --log-dir)."
        )
    passed = {
        "device": given.device,
        "model": given.model,
        "scene": given.scene,
        "settings": given.settings,
    }
    options = [f"--{name}={value}" for name, value in passed.items() if value is not None]
    steps = _COMPARE_STEPS if given.compare_steps is None else given.compare_steps
    return [f"--steps={steps}", f"--log-dir={given.log_dir}", *options]


def _options(names: Iterable[str]) -> str:
    """Returns names as options, for a sentence."""
    return ", ".join(f"--{name.replace('_', '-')}" for name in names)
