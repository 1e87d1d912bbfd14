"""Training: `ros2 launch arm_trainer train.launch.py algorithm:=PPO steps:=100000`."""

from pathlib import Path

from launch.actions import DeclareLaunchArgument, Shutdown
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node

from launch import LaunchDescription

# Each algorithm has a file with its default settings.
ALGORITHMS = sorted(
    file.stem.upper() for file in (Path(__file__).parent.parent / "config").glob("*.yaml")
)
# Argument, command line option, default, description. The trainer checks the values.
ARGUMENTS = [
    ("algorithm", "--algorithm", "PPO", f"One of {', '.join(ALGORITHMS)}"),
    ("steps", "--steps", "100000", "Control periods in all, over all arms"),
    ("device", "--device", "auto", "auto, cpu or cuda"),
    ("num_arms", "--num-arms", "", "Arms trained side by side; empty for the algorithm's own"),
    ("num_sims", "--num-sims", "1", "Simulators that share the arms, each a process"),
    ("seed", "--seed", "0", "Seed of everything random"),
    ("latency", "--latency", "0", "Observations in training are late by up to this, ms"),
    ("vision", "--vision", "false", "true: the policy finds the target by its cameras"),
    ("model", "--model", "fetch_arm", "Built-in robot's name, or path to an MJCF file"),
    ("log_dir", "--log-dir", "logs", "Where the run folder goes"),
    ("sim", "--sim", "own", "own: start a simulator; external: use the lockstep one on the graph"),
]


def generate_launch_description():
    options = []
    for name, option, _, _ in ARGUMENTS:
        options.append([f"{option}=", LaunchConfiguration(name)])
    return LaunchDescription(
        [
            DeclareLaunchArgument(
                "namespace", default_value="", description="Namespace of the node"
            ),
            *(
                DeclareLaunchArgument(name, default_value=default, description=description)
                for name, _, default, description in ARGUMENTS
            ),
            Node(
                package="arm_trainer",
                executable="train",
                name="arm_trainer",
                namespace=LaunchConfiguration("namespace"),
                output="screen",
                emulate_tty=True,
                arguments=options,
                on_exit=Shutdown(),
            ),
        ]
    )
