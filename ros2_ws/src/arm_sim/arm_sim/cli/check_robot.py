"""`check_robot`: says what was found in an arm's file, and whether the arm can be used."""

import argparse
import shlex
import sys
import threading
from pathlib import Path

from arm_sim.common.atomic_files import write_text
from arm_sim.common.command import run_command
from arm_sim.robot.files import model_file
from arm_sim.scene.yaml_text import scene_yaml
from arm_sim.validation.report import Report, check_robot


def main() -> None:
    """Entry point of `ros2 run arm_sim check_robot`.

    It exits with 0 if the robot can be used, with 1 if not, with 2 if there is no such file.
    """
    reports = []

    def command(_stop: threading.Event) -> None:
        options = _parse()
        file = model_file(options.model)
        report = check_robot(options.model, options.scene)
        reports.append(report)
        _print(report)
        if report.scene is None:
            return
        text = scene_yaml(report.scene.settings, file.name)
        if options.write:
            write_text(Path(options.write), text)
            print(f"\nThe scene is written to {options.write}.")
        else:
            print(f"\nIts scene, which --write FILE keeps:\n\n{text}")
        if options.picture:
            from arm_sim.rendering.scene_picture import write_scene_picture

            write_scene_picture(report.scene.robot, Path(options.picture))
            print(f"The picture is {options.picture}.")
        if report.usable:
            following = ["./arm", "train", "--model", options.model]
            if options.write or options.scene:
                following += ["--scene", options.write or options.scene]
            print(f"Next: {shlex.join(following)}")

    code = run_command("check_robot", command)
    sys.exit(code or int(not all(report.usable for report in reports)))


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="check_robot",
        description="Says what was found in an arm's file, and whether the arm can be used.",
    )
    parser.add_argument("model", help="name of a built-in robot, or path to an MJCF or URDF file")
    parser.add_argument(
        "--scene",
        default="",
        metavar="FILE",
        help="scene YAML; default: the file of the model's name beside it, if there is one",
    )
    parser.add_argument("--write", metavar="FILE", help="write the complete scene YAML")
    parser.add_argument(
        "--picture", metavar="FILE.png", help="draw the arm, its workspace and its cameras"
    )
    return parser.parse_args()


def _print(report: Report) -> None:
    for finding in report.findings:
        first, *rest = finding.text.splitlines()
        print(f"{finding.level:<8} {first}", *rest, sep="\n         ")
    levels = [finding.level for finding in report.findings]
    print(
        f"Errors: {levels.count('error')}, warnings: {levels.count('warning')}. "
        f"It {'can' if report.usable else 'can not'} be used."
    )


if __name__ == "__main__":
    main()
