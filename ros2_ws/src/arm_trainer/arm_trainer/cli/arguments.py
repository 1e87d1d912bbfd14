"""Command lines: argparse whose mistakes are one sentence, beside ROS's own arguments."""

import argparse
from typing import NoReturn

from arm_sim.common.errors import UserError


class CommandLine(argparse.ArgumentParser):
    """An ArgumentParser that raises `UserError` instead of printing its usage."""

    def error(self, message: str) -> NoReturn:
        """Raises the mistake as a sentence."""
        raise UserError(f"{message[0].upper()}{message[1:]} (see --help).")


def split_ros_arguments(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Returns our arguments, and those from `--ros-args` to the end or to a lone `--`."""
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
