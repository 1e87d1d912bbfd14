"""Rules about a task's class: what it must have before anything of it can run."""

import dataclasses
import inspect
from collections.abc import Iterator
from typing import Any

from arm_sim.validation.findings import Finding, Findings, error, fine
from arm_trainer.tasks.task import Task, TaskConfig

_NEEDED = {
    "starts": "(self, random), which yields start states",
    "reward": "(self, state, actions, success), which returns the reward terms",
}
# Those that `Task` has a default of.
_OTHERS = tuple(
    name
    for name in vars(Task)
    if not name.startswith("_") and name not in _NEEDED and callable(getattr(Task, name))
)


def check_members(task: Any) -> Findings:
    """Checks that the methods are there and take what they are called with."""
    faults = list(_faults_of_members(task))
    yield from faults
    if not faults:
        methods = [name for name in (*_NEEDED, *_OTHERS) if _own(task, name)]
        yield fine(f"The class writes {', '.join(methods)}; the rest is the default.")


def _faults_of_members(task: Any) -> Iterator[Finding]:
    for name, meaning in _NEEDED.items():
        if not _own(task, name):
            yield error(f"The class lacks {name}{meaning}.")
    missing = [name for name in _OTHERS if not hasattr(task, name)]
    if missing:
        yield error(f"The class lacks {', '.join(missing)}: inherit from Task, which has defaults.")
    for name in (*_NEEDED, *_OTHERS):
        method = getattr(task, name, None)
        if method is None or not _own(task, name):
            continue
        if not callable(method):
            yield error(f"{name} must be a method.")
            continue
        wanted = list(inspect.signature(getattr(Task, name)).parameters)
        try:
            inspect.signature(method).bind(*wanted)
        except TypeError:
            yield error(f"{name} must take ({', '.join(wanted)}).")


def check_name(task: Any) -> Findings:
    """Checks the name by which settings and bundles call the task."""
    if not task.name.isidentifier():
        yield error(f"name is '{task.name}'; it must be letters, digits and underscores.")


def check_config_class(task: Any) -> Findings:
    """Checks the class of the settings."""
    found = getattr(task, "config_class", None)
    if not isinstance(found, type) or not issubclass(found, TaskConfig):
        yield error("The class lacks config_class: a settings class that extends TaskConfig.")
        return
    try:
        config = found()
    except Exception as problem:
        reason = " ".join(str(problem).split())
        yield error(f"{found.__name__}() fails, as every setting needs a valid default: {reason}.")
        return
    if not dataclasses.is_dataclass(getattr(config, "reward", None)):
        yield error(
            f"{found.__name__} lacks the field reward: a settings class with one weight for each "
            "reward term."
        )


def check_observation(task: Any) -> Findings:
    """Checks that the observation is a tuple of names."""
    found = getattr(task, "observation", None)
    if not isinstance(found, tuple | list) or not all(isinstance(name, str) for name in found):
        yield error('observation must be a tuple of names of terms, as in ("tool_position",).')


def _own(task: Any, name: str) -> bool:
    """Whether a class has a member that is not the default."""
    found, default = getattr(task, name, None), getattr(Task, name)
    return getattr(found, "__func__", found) is not getattr(default, "__func__", default)


CLASS_RULES = (check_members, check_name, check_config_class, check_observation)
