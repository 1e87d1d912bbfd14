"""Command lines by argparse: options from settings classes, mistakes as one sentence."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, get_origin

from arm_sim.common.errors import UserError


class CommandLine(argparse.ArgumentParser):
    """An ArgumentParser that raises `UserError` instead of printing its usage."""

    def error(self, message: str) -> NoReturn:
        """Raises argparse's message as a sentence."""
        raise UserError(f"{message[0].upper()}{message[1:]} (see --help).")

    def add_setting(
        self,
        settings_class: Any,
        name: str,
        *,
        before: str = "",
        after: str = "",
        default: str | None = None,
        convert: Callable[[str], Any] | None = None,
        fill_in: bool = False,
    ) -> None:
        """Adds the option of a field of a settings class.

        Type, help text and default follow from the field. An option that is not given, or is given
        as an empty string, as launch files do, has the value None.

        Args:
            settings_class: A pydantic dataclass.
            name: The field; `num_arms` becomes the option `--num-arms`.
            before: Text before the field's description.
            after: Text after it.
            default: Text for the default, if it is not the field's.
            convert: Converts the option's text, if not by the field's type.
            fill_in: Whether an option that is not given has the field's default instead of None.
        """
        field = settings_class.__pydantic_fields__[name]
        option = f"--{name.replace('_', '-')}"
        description = field.description or name
        text = f"{before}{description[0].lower()}{description[1:]}{after}"
        if default is None and type(field.default) in (int, float, str):
            default = str(field.default)
        if default is not None:
            text += f" (default: {default})"
        text = text.replace("%", "%%")
        if field.annotation is bool:
            self.add_argument(option, action="store_true", default=None, help=text)
            return
        missing = field.default if fill_in else None
        converter = optional(convert or _converter(field.annotation), missing)
        self.add_argument(option, type=converter, default=missing, help=text)

    def add_log_dir(self, meaning: str) -> None:
        """Adds `--log-dir`, the folder that everything is written to."""
        self.add_argument(
            "--log-dir", type=Path, default=Path("logs"), help=f"{meaning} (default: logs)"
        )


def default_of(settings_class: Any, name: str) -> Any:
    """Returns the default of a field of a settings class."""
    return settings_class.__pydantic_fields__[name].default


def optional(convert: Callable[[str], Any], missing: Any = None) -> Callable[[str], Any]:
    """Returns a converter that gives `missing` for an empty string: launch files pass these."""

    def converter(text: str) -> Any:
        return convert(text) if text else missing

    converter.__name__ = convert.__name__  # argparse names it: "invalid int value: 'many'".
    return converter


def robot_model(text: str) -> str:
    """Returns a robot's name as it is, a path as an absolute one: runs may be used elsewhere."""
    return str(Path(text).resolve()) if "/" in text or "." in text else text


def scene_path(text: str) -> str:
    """Returns the absolute path of a scene YAML; '' stays."""
    return str(Path(text).resolve()) if text else ""


def own_class(text: str) -> str:
    """Returns a name as it is, `file.py:Class` with an absolute path, for use elsewhere."""
    file, separator, name = text.rpartition(".py:")
    return f"{Path(file).resolve()}.py:{name}" if separator else text


def add_own_classes(parser: argparse.ArgumentParser) -> None:
    """Adds `--task` and `--action`, by which a policy's own classes are found."""
    for kind in ("task", "action"):
        parser.add_argument(
            f"--{kind}",
            type=optional(own_class),
            help=f"the policy's {kind} if it is one of your own: path/to/file.py:Class",
        )


def split_list(text: str) -> list[str]:
    """Returns the names in a list joined by commas."""
    return [name for name in text.split(",") if name]


def require_at_least_one(given: argparse.Namespace, *names: str) -> None:
    """Checks that numbers on a command line are at least 1; None is accepted.

    Raises:
        UserError: If one is less; it names the option.
    """
    for name in names:
        value = getattr(given, name)
        if value is not None and value < 1:
            raise UserError(f"--{name.replace('_', '-')} is {value}; it must be at least 1.")


def split_ros_arguments(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Returns the command's own arguments, and ROS's.

    ROS's go from `--ros-args` to the end or to a lone `--`.
    """
    ours: list[str] = []
    ros: list[str] = []
    inside = False
    for argument in arguments:
        if argument == "--ros-args":
            inside = True
        elif inside and argument == "--":
            inside = False
        elif inside:
            ros.append(argument)
        else:
            ours.append(argument)
    return ours, ["--ros-args", *ros] if ros else []


def _converter(annotation: Any) -> Callable[[str], Any]:
    """Returns what converts a string to a field's type."""
    if annotation in (int, float):
        return annotation
    return split_list if get_origin(annotation) is list else str
