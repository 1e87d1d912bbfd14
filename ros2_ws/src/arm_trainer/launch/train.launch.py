"""Training: `ros2 launch arm_trainer train.launch.py algorithm:=PPO steps:=100000`."""

from pathlib import Path

from arm_trainer.ros.command_launch import Argument, command_launch

# Each algorithm has a file with its default settings.
ALGORITHMS = sorted(
    file.stem.upper() for file in (Path(__file__).parent.parent / "config").glob("*.yaml")
)
ARGUMENTS = [
    Argument("algorithm", "PPO", f"One of {', '.join(ALGORITHMS)}"),
    Argument("task", "reach", "Task: a name, or path/to/file.py:Class"),
    Argument("action", "", "Action: a name, or path/to/file.py:Class; empty for the task's own"),
    Argument("steps", "", "Control periods in all, over all arms; empty for the task's own"),
    Argument("device", "auto", "auto, cpu or cuda"),
    Argument("num_arms", "", "Arms trained side by side; empty for the algorithm's own"),
    Argument("num_sims", "1", "Simulators that share the arms, each a process"),
    Argument("seed", "0", "Seed of everything random"),
    Argument("latency", "0", "Observations in training are late by up to this, ms"),
    Argument("vision", "false", "true: the policy finds the target by its cameras"),
    Argument("model", "fetch_arm", "Built-in robot's name, or path to an MJCF or URDF file"),
    Argument("scene", "", "Path to a scene YAML"),
    Argument("log_dir", "logs", "Where the run folder goes"),
    Argument("sim", "own", "own: start a simulator; external: use the lockstep one on the graph"),
]


def generate_launch_description():
    return command_launch("train", "arm_trainer", ARGUMENTS, namespaced=True)
