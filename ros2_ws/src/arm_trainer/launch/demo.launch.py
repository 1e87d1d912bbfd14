"""The whole loop: trains a policy, deploys it and shows the results.

`ros2 launch arm_trainer demo.launch.py steps:=100000`. Training and deployment each have a
simulator of their own, in a ROS domain that nobody else uses.
"""

from arm_trainer.ros.command_launch import Argument, command_launch

ARGUMENTS = [
    Argument("steps", "100000", "Control periods of the training, over all arms"),
    Argument("targets", "20", "Unseen targets that the deployed policy is sent to"),
    Argument("seed", "0", "Seed of the training"),
    Argument("log_dir", "logs", "Where the run folder goes"),
]


def generate_launch_description():
    return command_launch("demo", "arm_demo", ARGUMENTS)
