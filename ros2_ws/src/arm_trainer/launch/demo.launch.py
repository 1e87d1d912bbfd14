"""The whole loop: trains a policy, deploys it and shows the results.

`ros2 launch arm_trainer demo.launch.py steps:=100000`. Training and deployment each have a
simulator of their own, in a ROS domain that nobody else uses.
"""

from launch.actions import DeclareLaunchArgument, Shutdown
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node

from launch import LaunchDescription

# Argument, command line option, default, description. The command checks the values.
ARGUMENTS = [
    ("steps", "--steps", "100000", "Control periods of the training, over all arms"),
    ("targets", "--targets", "20", "Unseen targets that the deployed policy is sent to"),
    ("seed", "--seed", "0", "Seed of the training"),
    ("log_dir", "--log-dir", "logs", "Where the run folder goes"),
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
                executable="demo",
                name="arm_demo",
                output="screen",
                emulate_tty=True,
                arguments=[
                    [f"{option}=", LaunchConfiguration(name)] for name, option, _, _ in ARGUMENTS
                ],
                on_exit=Shutdown(),
            ),
        ]
    )
