"""WatchedTask: a task whose calls are timed and given arrays that they can't write to."""

import dataclasses
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arm_sim.common.arrays import Floats
from arm_trainer.task_checks.faults import blamed
from arm_trainer.task_checks.subject import locked
from arm_trainer.tasks.task import Bools, Task, TaskState


class WatchedTask:
    """Stands for a task in a `BatchEnv`, and has all its attributes.

    Attributes:
        seconds: Time that the task's own code has taken so far, s.
        terms: The reward terms of the last control period.
        achieved_now: (N,) what `achieved` said last.
    """

    def __init__(self, task: Task, file: str) -> None:
        """Watches a task that is written in a file."""
        self._task, self._file = task, file
        self.seconds = 0.0
        self.terms: dict[str, Floats] = {}
        self.achieved_now: Bools = np.zeros(0, bool)

    def __getattr__(self, name: str) -> Any:
        """Everything that is not watched is the task's."""
        return getattr(self._task, name)

    def achieved(self, state: TaskState) -> Bools:
        """See `Task`."""
        self.achieved_now = self._call("achieved", state)
        return self.achieved_now

    def failed(self, state: TaskState) -> Bools:
        """See `Task`."""
        found: Bools = self._call("failed", state)
        return found

    def reward(
        self, state: TaskState, actions: NDArray[np.floating[Any]], success: Bools
    ) -> dict[str, Floats]:
        """See `Task`."""
        self.terms = self._call("reward", state, locked(actions), locked(success))
        return self.terms

    def metrics(self, state: TaskState) -> dict[str, Floats]:
        """See `Task`."""
        found: dict[str, Floats] = self._call("metrics", state)
        return found

    def distance(self, state: TaskState) -> Floats:
        """See `Task`."""
        found: Floats = self._call("distance", state)
        return found

    def gripper_opening(self, state: TaskState) -> Floats:
        """See `Task`."""
        found: Floats = self._call("gripper_opening", state)
        return found

    def _call(self, name: str, state: TaskState, *arguments: Any) -> Any:
        given = _locked_state(state)
        begin = time.perf_counter()
        with blamed(name, self._file):
            found = getattr(self._task, name)(given, *arguments)
        self.seconds += time.perf_counter() - begin
        return found


def _locked_state(state: TaskState) -> TaskState:
    """A state whose arrays can't be written to."""
    arrays = {field.name: getattr(state, field.name) for field in dataclasses.fields(state)}
    return TaskState(**{name: locked(array) for name, array in arrays.items()})
