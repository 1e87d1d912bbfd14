"""Comparison of algorithms: `ros2 launch arm_trainer compare.launch.py steps:=50000`."""

from arm_trainer.ros.command_launch import Argument, command_launch

ARGUMENTS = [
    Argument("algorithms", "PPO,A2C,SAC", "Algorithms, joined by commas"),
    Argument("task", "reach", "Task: a name, or path/to/file.py:Class"),
    Argument("action", "", "Action: a name, or path/to/file.py:Class; empty for the task's own"),
    Argument("steps", "100000", "Control periods of each training, over all arms"),
    Argument("seeds", "1", "Trainings of each algorithm, with seeds 0, 1 and so on"),
    Argument("episodes", "500", "Unseen targets that each is evaluated on"),
    Argument("device", "auto", "auto, cpu or cuda"),
    Argument("model", "fetch_arm", "Built-in robot's name, or path to an MJCF or URDF file"),
    Argument("scene", "", "Path to a scene YAML"),
    Argument("workers", "1", "Trainings side by side"),
    Argument("log_dir", "logs", "Where the report and the runs go"),
]


def generate_launch_description():
    return command_launch("compare", "arm_comparison", ARGUMENTS)
