"""Runs all checks of a robot and collects their findings in a report."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from arm_sim.common.config import build, read_yaml
from arm_sim.common.errors import UserError
from arm_sim.robot.files import model_file, read_model
from arm_sim.robot.loader import build_robot
from arm_sim.robot.robot import Robot
from arm_sim.robot.rules.all_rules import find_faults
from arm_sim.robot.settings import RobotSettings, read_robot_settings
from arm_sim.robot.urdf import urdf
from arm_sim.validation.config_template import guess_settings, yaml_template
from arm_sim.validation.dynamic_checks import (
    check_contacts_at_home,
    check_holding_home,
    check_step_response,
)
from arm_sim.validation.findings import Finding, Findings, error, fine
from arm_sim.validation.static_checks import STATIC_CHECKS
from arm_sim.validation.workspace_coverage import check_workspace_coverage


@dataclass(frozen=True)
class Report:
    """The findings of all checks of a robot.

    Attributes:
        findings: In the order of the checks.
        template: Text of a robot YAML to begin with, if there is no valid one; else ''.
    """

    findings: tuple[Finding, ...]
    template: str

    @property
    def usable(self) -> bool:
        """Whether the robot can be trained and deployed: there are no errors."""
        return all(finding.level != "error" for finding in self.findings)


def check_robot(model: str) -> Report:
    """Checks a built-in robot, or an MJCF file and the robot YAML beside it.

    Without a valid YAML the checks use guessed settings instead. The checks in simulation are left
    out if the loader would refuse the robot.

    Raises:
        UserError: If there is no such model file.
    """
    path = model_file(model)
    try:
        compiled = read_model(path)
    except UserError as problem:
        return Report((error(str(problem)),), "")
    findings: list[Finding] = []
    template = ""
    try:
        settings = read_robot_settings(path)
    except UserError as problem:
        settings = _keep_valid_keys(path.with_suffix(".yaml"), guess_settings(compiled))
        template = yaml_template(settings, path.name)
        findings.append(error(f"{problem} The other checks use guessed settings."))
    for static_check in STATIC_CHECKS:
        findings += static_check(compiled, settings)
    if not any(find_faults(compiled, settings)):
        robot = build_robot(path.stem, compiled, settings)
        for robot_check in _ROBOT_CHECKS:
            findings += robot_check(robot)
    return Report(tuple(findings), template)


def _keep_valid_keys(file: Path, guess: RobotSettings) -> RobotSettings:
    """The guess, with the values of the YAML file where they are valid."""
    values = dataclasses.asdict(guess)  # type: ignore[call-overload]
    try:
        content = read_yaml(file)
        known = {key: content[key] for key in values if key in content}
        return build(RobotSettings, values | known, str(file))
    except UserError:
        return guess


def _check_urdf(robot: Robot) -> Findings:
    try:
        text = urdf(robot)
    except UserError as problem:
        yield error(str(problem))
        return
    yield fine(f"As URDF: {text.count('<link ')} links, {robot.model.nmesh} meshes.")


_ROBOT_CHECKS: tuple[Callable[[Robot], Findings], ...] = (
    check_contacts_at_home,
    check_holding_home,
    check_step_response,
    check_workspace_coverage,
    _check_urdf,
)
