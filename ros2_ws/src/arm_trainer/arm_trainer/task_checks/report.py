"""Runs all rules about a task, in stages, and collects their findings."""

import dataclasses
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from arm_sim.common.errors import UserError
from arm_sim.common.mujoco_warnings import quiet_mujoco
from arm_sim.scene.loader import RobotSource, load_scene
from arm_sim.validation.findings import Finding, error, warning
from arm_trainer.actions.registry import ACTIONS
from arm_trainer.task_checks.class_rules import CLASS_RULES
from arm_trainer.task_checks.drawn_starts import COUNT, DrawnStarts
from arm_trainer.task_checks.faults import TaskFault, blamed
from arm_trainer.task_checks.first_look import FIRST_LOOK_RULES, look
from arm_trainer.task_checks.goal_rules import GOAL_RULES
from arm_trainer.task_checks.motion import record
from arm_trainer.task_checks.object_rules import OBJECT_RULES
from arm_trainer.task_checks.observation_rules import OBSERVATION_RULES
from arm_trainer.task_checks.reward_rules import REWARD_RULES
from arm_trainer.task_checks.run_rules import RUN_RULES
from arm_trainer.task_checks.start_rules import SHAPE_RULES, START_RULES
from arm_trainer.task_checks.subject import Subject, read_only
from arm_trainer.task_checks.success_rules import SUCCESS_RULES
from arm_trainer.tasks.registry import TASKS
from arm_trainer.tasks.task import Task, source_for
from arm_trainer.training.config import load_settings

T = TypeVar("T")
_MOTION_RULES = (*OBSERVATION_RULES, *SUCCESS_RULES, *REWARD_RULES, *RUN_RULES)


@dataclasses.dataclass(frozen=True)
class Request:
    """Which task is to be checked.

    Attributes:
        task: A task's name, or `path/to/file.py:Class`.
        model: Built-in robot's name, or path to an MJCF or URDF file.
        scene: Path to a scene YAML; '' for the one beside the model, or none.
        settings: YAML file of a training's settings; None for the defaults.
    """

    task: str
    model: str | None = None
    scene: str | None = None
    settings: Path | None = None


def check_task(request: Request) -> tuple[Finding, ...]:
    """Checks a task.

    A stage of rules is left out if an earlier one has found errors, as its code could not run.

    Returns:
        The findings, in the order of the rules.

    Raises:
        UserError: If there is no such task, robot or settings file.
    """
    findings: list[Finding] = []
    try:
        with quiet_mujoco():
            _run_stages(request, findings)
    except TaskFault as fault:
        findings.append(error(str(fault)))
    return tuple(findings)


def _run_stages(request: Request, findings: list[Finding]) -> None:
    """Adds the findings of one stage after the other.

    Raises:
        TaskFault: If the task's code fails, or the last stage has found errors.
    """

    def passes(rules: Iterable[Callable[[T], Iterable[Finding]]], given: T) -> bool:
        for rule in rules:
            findings.extend(rule(given))
        return all(finding.level != "error" for finding in findings)

    task_class = _find(request.task)
    if not passes(CLASS_RULES, task_class):
        return
    subject, notes = _subject(request, task_class)
    findings += notes
    drawn = DrawnStarts(subject, subject.draw(COUNT, np.random.default_rng(0)))
    if not passes(SHAPE_RULES, drawn):
        return
    if not passes((*START_RULES, *GOAL_RULES, *OBJECT_RULES), drawn):
        return
    if passes(FIRST_LOOK_RULES, look(subject)):
        passes(_MOTION_RULES, record(subject))


def _find(task: str) -> type[Task]:
    file, separator, _ = task.rpartition(".py:")
    try:
        return TASKS.find(task)
    except UserError as problem:
        if separator and Path(f"{file}.py").is_file():
            raise TaskFault(str(problem)) from problem
        raise


def _subject(request: Request, task_class: type[Task]) -> tuple[Subject, list[Finding]]:
    """Loads the settings, and the robot with the task's objects."""
    given = {"task": request.task, "model": request.model, "scene": request.scene}
    settings = load_settings("ppo", request.settings, **given)
    file = _file_of(task_class)
    plain = RobotSource(settings.model, settings.scene)
    plain.load()
    with blamed("scene_changes", file):
        source = source_for(plain, task_class, settings.task_config)
        robot = source.load()
    with blamed("action", file):
        action = ACTIONS.find(settings.action or task_class.action)
    before = load_scene(plain.model, plain.scene).settings.boxes
    gone = before.keys() - load_scene(source.model, source.scene, source.changes).settings.boxes
    notes = []
    if gone:
        notes.append(
            warning(f"scene_changes replaces all boxes: {', '.join(sorted(gone))} are gone.")
        )
    return Subject(task_class, file, settings.task_config, read_only(robot), action), notes


def _file_of(task_class: type[Task]) -> str:
    """The file of a task, as tracebacks name it."""
    own = TASKS.file_of(task_class.name)
    module: Any = sys.modules.get(task_class.__module__)
    return own.rpartition(":")[0] or getattr(module, "__file__", "")
