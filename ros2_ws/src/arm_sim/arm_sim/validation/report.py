"""Runs all checks of a robot and collects their findings in a report."""

from collections.abc import Callable
from dataclasses import dataclass

from arm_sim.common.errors import UserError
from arm_sim.common.mujoco_warnings import quiet_mujoco
from arm_sim.robot.files import model_file
from arm_sim.robot.robot import Robot
from arm_sim.robot.scene_settings import scene_file
from arm_sim.robot.urdf import urdf
from arm_sim.scene.loader import LoadedScene, load_scene
from arm_sim.validation.dynamic_checks import (
    check_contacts_at_home,
    check_holding_home,
    check_step_response,
)
from arm_sim.validation.findings import Finding, Findings, error, fine
from arm_sim.validation.motion_checks import check_motion
from arm_sim.validation.static_checks import STATIC_CHECKS
from arm_sim.validation.workspace_coverage import check_workspace_coverage


@dataclass(frozen=True)
class Report:
    """The findings of all checks of a robot.

    Attributes:
        findings: In the order of the checks.
        scene: The robot in its scene; None if it can't be loaded.
    """

    findings: tuple[Finding, ...]
    scene: LoadedScene | None

    @property
    def usable(self) -> bool:
        """Whether the robot can be trained and deployed: there are no errors."""
        return all(finding.level != "error" for finding in self.findings)


def check_robot(model: str, scene: str = "") -> Report:
    """Checks a built-in robot, or a maker's file, in its scene; see `load_scene`.

    Raises:
        UserError: If there is no such file.
    """
    scene_file(model_file(model), scene)
    try:
        loaded = load_scene(model, scene)
    except UserError as problem:
        return Report((error(str(problem)),), None)
    findings = [fine(note) for note in loaded.notes]
    with quiet_mujoco():
        for check in _CHECKS:
            findings += check(loaded.robot)
    return Report(tuple(findings), loaded)


def _check_urdf(robot: Robot) -> Findings:
    try:
        text = urdf(robot)
    except UserError as problem:
        yield error(str(problem))
        return
    yield fine(f"As URDF: {text.count('<link ')} links, {robot.model.nmesh} meshes.")


_CHECKS: tuple[Callable[[Robot], Findings], ...] = (
    *STATIC_CHECKS,
    check_contacts_at_home,
    check_holding_home,
    check_step_response,
    check_motion,
    check_workspace_coverage,
    _check_urdf,
)
