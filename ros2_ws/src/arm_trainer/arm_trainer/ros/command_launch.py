"""Launch descriptions of commands, for instance of `train`.

Imported by launch files only, as it needs ROS's `launch` package.
"""

from collections.abc import Sequence
from typing import NamedTuple

from launch.actions import DeclareLaunchArgument, Shutdown
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node

# mypy takes this project's folder `launch` for the package.
from launch import LaunchDescription  # type: ignore[attr-defined]


class Argument(NamedTuple):
    """A launch argument that becomes an option on a command line.

    Attributes:
        name: The launch argument's name.
        default: Its default.
        description: Its meaning, for `--show-args`.
    """

    name: str
    default: str
    description: str

    @property
    def option(self) -> str:
        """The option: `--num-arms` for `num_arms`."""
        return "--" + self.name.replace("_", "-")


def command_launch(
    executable: str, node_name: str, arguments: Sequence[Argument], *, namespaced: bool = False
) -> LaunchDescription:
    """Returns a launch that runs a command of arm_trainer and ends with it.

    Args:
        executable: The command.
        node_name: Name of its node.
        arguments: Launch arguments, each passed as an option; the command checks the values.
        namespaced: Whether there is an argument `namespace` too, for its node.
    """
    declared = [
        DeclareLaunchArgument(
            argument.name, default_value=argument.default, description=argument.description
        )
        for argument in arguments
    ]
    where = {}
    if namespaced:
        declared.insert(
            0,
            DeclareLaunchArgument(
                "namespace", default_value="", description="Namespace of the node"
            ),
        )
        where = {"namespace": LaunchConfiguration("namespace")}
    node = Node(
        package="arm_trainer",
        executable=executable,
        name=node_name,
        output="screen",
        emulate_tty=True,
        arguments=[
            [f"{argument.option}=", LaunchConfiguration(argument.name)] for argument in arguments
        ],
        on_exit=Shutdown(),
        **where,
    )
    return LaunchDescription([*declared, node])
