"""Comparison of algorithms: `ros2 launch arm_trainer compare.launch.py steps:=50000`."""

from launch.actions import DeclareLaunchArgument, Shutdown
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node

from launch import LaunchDescription

# Argument, command line option, default, description. The command checks the values.
ARGUMENTS = [
    ("algorithms", "--algorithms", "PPO,A2C,SAC", "Algorithms, joined by commas"),
    ("steps", "--steps", "100000", "Control periods of each training, over all arms"),
    ("seeds", "--seeds", "1", "Trainings of each algorithm, with seeds 0, 1 and so on"),
    ("episodes", "--episodes", "500", "Unseen targets that each is evaluated on"),
    ("device", "--device", "auto", "auto, cpu or cuda"),
    ("model", "--model", "fetch_arm", "Built-in robot's name, or path to an MJCF file"),
    ("workers", "--workers", "1", "Trainings side by side"),
    ("log_dir", "--log-dir", "logs", "Where the report and the runs go"),
]


def generate_launch_description():
    return LaunchDescription(
        [
            *(
                DeclareLaunchArgument(name, default_value=default, description=description)
                for name, _, default, description in ARGUMENTS
            ),
            Node(
                package="arm_trainer",
                executable="compare",
                name="arm_comparison",
                output="screen",
                emulate_tty=True,
                arguments=[
                    [f"{option}=", LaunchConfiguration(name)] for name, option, _, _ in ARGUMENTS
                ],
                on_exit=Shutdown(),
            ),
        ]
    )
