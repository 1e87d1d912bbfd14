"""The whole loop: trains a policy, deploys it and shows the results.

`ros2 launch arm_trainer demo.launch.py steps:=100000`. Training and deployment each have a
simulator of their own, in a ROS domain that nobody else uses.
"""

from arm_trainer.ros.command_launch import Argument, command_launch

ARGUMENTS = [
    Argument("task", "reach", "Task: a name, or path/to/file.py:Class"),
    Argument("model", "fetch_arm", "Built-in robot's name, or path to an MJCF or URDF file"),
    Argument("steps", "", "Control periods of the training; empty for the task's own"),
    Argument("targets", "20", "Unseen targets that the deployed policy is sent to"),
    Argument("seed", "0", "Seed of the training"),
    Argument("log_dir", "logs", "Where the run folder goes"),
]


def generate_launch_description():
    return command_launch("demo", "arm_demo", ARGUMENTS)
