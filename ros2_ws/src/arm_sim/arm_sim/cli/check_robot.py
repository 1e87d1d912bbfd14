"""`check_robot`: says whether an arm's files can be used, and what to change if not."""

import argparse
import sys
import threading

from arm_sim.common.command import run_command
from arm_sim.validation.report import Report, check_robot


def main() -> None:
    """Entry point of `ros2 run arm_sim check_robot`.

    It exits with 0 if the robot can be used, with 1 if not, with 2 if there is no such model file.
    """
    reports = []

    def command(_stop: threading.Event) -> None:
        parser = argparse.ArgumentParser(
            prog="check_robot", description="Says whether an arm's files can be used, or why not."
        )
        parser.add_argument("model", help="name of a built-in robot, or path to an MJCF file")
        report = check_robot(parser.parse_args().model)
        reports.append(report)
        _print(report)

    code = run_command("check_robot", command)
    sys.exit(code or int(not all(report.usable for report in reports)))


def _print(report: Report) -> None:
    for finding in report.findings:
        first, *rest = finding.text.splitlines()
        print(f"{finding.level:<8} {first}", *rest, sep="\n         ")
    if report.template:
        print(f"\nA YAML to begin with:\n\n{report.template}")
    levels = [finding.level for finding in report.findings]
    print(
        f"Errors: {levels.count('error')}, warnings: {levels.count('warning')}. "
        f"It {'can' if report.usable else 'can not'} be used."
    )


if __name__ == "__main__":
    main()
