"""Rules about what a task's methods return for one state: types, shapes, weights."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from arm_sim.validation.findings import Findings, error, fine, warning
from arm_trainer.backends.in_process import InProcessBackend
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.task_checks.subject import Subject
from arm_trainer.task_checks.watched_task import WatchedTask
from arm_trainer.tasks.task import TaskState

_ARMS = 4
_CALLED = ("achieved", "failed", "metrics", "distance")


@dataclass(frozen=True)
class FirstLook:
    """What the methods return at the beginning of episodes of N arms.

    Attributes:
        subject: The task.
        values: What `reward`, those of `_CALLED` and `gripper_opening` returned, by name.
    """

    subject: Subject
    values: dict[str, Any]


def look(subject: Subject) -> FirstLook:
    """Calls each method once.

    Raises:
        TaskFault: If one fails.
    """
    interface = subject.interface()
    env = BatchEnv(interface, InProcessBackend(subject.robot, _ARMS, interface.control_period))
    env.seed(np.random.default_rng(0))
    env.reset(np.arange(_ARMS))
    watched, state = WatchedTask(interface.task, subject.file), env.state
    actions = np.zeros((_ARMS, len(interface.outputs)))
    values = {
        "reward": watched.reward(state, actions, np.zeros(_ARMS, bool)),
        **{name: _call(watched, name, state) for name in _CALLED},
    }
    if not interface.task.moves_gripper:
        values["gripper_opening"] = watched.gripper_opening(state)
    return FirstLook(subject, values)


def _call(watched: WatchedTask, name: str, state: TaskState) -> Any:
    return getattr(watched, name)(state)


def check_booleans(seen: FirstLook) -> Findings:
    """Checks that `achieved` and `failed` tell each arm's state by True or False."""
    for name in ("achieved", "failed"):
        found = seen.values[name]
        if getattr(found, "shape", None) != (_ARMS,) or found.dtype != bool:
            yield error(
                f"{name} returns {_described(found)}; it must be True or False for each of the N "
                "arms: an array (N,) of bool."
            )


def check_numbers(seen: FirstLook) -> Findings:
    """Checks that terms, figures, distances and openings are one number for each arm."""
    for name in ("reward", "metrics"):
        found = seen.values[name]
        if not isinstance(found, dict) or not found:
            yield error(f"{name} returns {_described(found)}; it must be a dict of arrays (N,).")
            continue
        for key, value in found.items():
            yield from map(error, _faults(f"{name}: '{key}'", value))
    for name in ("distance", "gripper_opening"):
        if name in seen.values:
            yield from map(error, _faults(f"{name}: what it returns", seen.values[name]))


def check_weights(seen: FirstLook) -> Findings:
    """Checks that each reward term has a weight, and each weight a term."""
    terms = seen.values["reward"]
    if not isinstance(terms, dict):
        return
    rewards: Any = seen.subject.config.reward  # type: ignore[attr-defined]
    weights = {field.name for field in dataclasses.fields(rewards)}
    for name in sorted(set(terms) - weights):
        yield error(f"The reward term '{name}' has no weight: add it to {_class(rewards)}.")
    for name in sorted(weights - set(terms)):
        yield warning(f"The weight '{name}' of {_class(rewards)} belongs to no reward term.")
    if weights == set(terms):
        yield fine(f"Reward terms, each with a weight: {', '.join(terms)}.")


def _faults(what: str, value: Any) -> Iterator[str]:
    if getattr(value, "shape", None) != (_ARMS,) or value.dtype.kind not in "fiu":
        yield f"{what} is {_described(value)}; it must be an array (N,) of numbers."
    elif not np.isfinite(value).all():
        yield f"{what} is not finite."


def _described(value: Any) -> str:
    """A value's type, with its shape for N arms."""
    if not isinstance(value, np.ndarray):
        return f"a {type(value).__name__}"
    shape = ", ".join("N" if length == _ARMS else str(length) for length in value.shape)
    return f"an array ({shape}{',' if value.ndim == 1 else ''}) of {value.dtype}"


def _class(value: object) -> str:
    return type(value).__name__


FIRST_LOOK_RULES = (check_booleans, check_numbers, check_weights)
