"""`check_task`: says in plain words what is wrong with a task, before anything is trained."""

import shlex
import sys
import threading
from pathlib import Path

from arm_sim.common.command import run_command
from arm_trainer.cli.arguments import CommandLine, optional, robot_model, scene_path
from arm_trainer.cli.process_setup import set_up_torch_process
from arm_trainer.task_checks.report import Request, check_task
from arm_trainer.training.config import TrainingSettings


def _parser() -> CommandLine:
    parser = CommandLine(prog="check_task", description=__doc__)
    parser.add_argument("task", help="path/to/file.py:Class, or the name of a built-in task")
    parser.add_setting(TrainingSettings, "model", convert=robot_model)
    parser.add_setting(TrainingSettings, "scene", convert=scene_path)
    parser.add_argument(
        "--settings",
        type=optional(Path),
        help="YAML file with a training's settings, of which those of the task count",
    )
    return parser


def run_check(arguments: list[str]) -> bool:
    """Checks a task as a command line says, and prints a line for each finding.

    Returns:
        Whether the task can be trained: there are no errors.

    Raises:
        UserError: If the command line is wrong, or there is no such task.
    """
    given = _parser().parse_args(arguments)
    findings = check_task(Request(given.task, given.model, given.scene, given.settings))
    for finding in findings:
        print(f"{finding.level:<8} {finding.text}")
    levels = [finding.level for finding in findings]
    usable = "error" not in levels
    print(
        f"Errors: {levels.count('error')}, warnings: {levels.count('warning')}. "
        f"It {'can' if usable else 'can not'} be trained."
    )
    if usable:
        print(f"Next: {_next(given.task, arguments)}")
    return usable


def _next(task: str, arguments: list[str]) -> str:
    """The command that trains the task, with the options that were given."""
    options = list(arguments)
    options.remove(task)
    return shlex.join(["./arm", "train", "--task", task, *options])


def main() -> None:
    """Entry point of `ros2 run arm_trainer check_task`.

    It exits with 0 if the task can be trained, with 1 if not, with 2 if there is no such task.
    """
    set_up_torch_process()
    passed = []

    def command(_stop: threading.Event) -> None:
        passed.append(run_check(sys.argv[1:]))

    code = run_command("check_task", command)
    sys.exit(code or int(not all(passed)))


if __name__ == "__main__":
    main()
