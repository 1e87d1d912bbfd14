"""Subject: the task that is checked, with its settings, its robot and its action."""

import dataclasses
from copy import deepcopy
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from arm_sim.robot.robot import Robot
from arm_trainer.actions.action import Action
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.task_checks.faults import TaskFault, blamed
from arm_trainer.tasks.start import Start
from arm_trainer.tasks.task import Task, TaskConfig


@dataclass(frozen=True)
class Subject:
    """A task to be checked.

    Attributes:
        task_class: The task's class.
        file: The file that it is written in.
        config: Its settings.
        robot: The robot with the task's objects, whose arrays can't be written to.
        action: The action of its policies.
    """

    task_class: type[Task]
    file: str
    config: TaskConfig
    robot: Robot
    action: type[Action]

    def make(self) -> Task:
        """Returns a new task.

        Raises:
            TaskFault: If its `__init__` fails.
        """
        with blamed("__init__", self.file):
            return self.task_class(self.robot, self.config)

    def interface(self) -> PolicyInterface:
        """Returns a new task with action and observation.

        Raises:
            TaskFault: If it can't be made, for instance as an observation term is unknown.
        """
        task = self.make()
        with blamed("observation", self.file):
            return PolicyInterface(task, self.action)

    def draw(self, count: int, random: np.random.Generator) -> list[Start]:
        """Returns start states of a new task.

        Raises:
            TaskFault: If there are fewer, or `starts` fails.
        """
        with blamed("starts", self.file):
            # Copies, in case the task goes on to write to what it has yielded.
            found = [deepcopy(start) for start in islice(self.make().starts(random), count)]
        if len(found) < count:
            raise TaskFault(
                f"starts ends after {len(found)} start states; it must yield them without end, as "
                "in 'while True: ... yield Start(...)'."
            )
        return found


def read_only(robot: Robot) -> Robot:
    """Returns a robot whose arrays can't be written to."""
    arrays: dict[str, Any] = {
        field.name: locked(value)
        for field in dataclasses.fields(robot)
        if isinstance(value := getattr(robot, field.name), np.ndarray)
    }
    return dataclasses.replace(robot, **arrays)


def locked(array: np.ndarray) -> np.ndarray:
    """Returns a view of an array that can't be written to."""
    view = array.view()
    view.flags.writeable = False
    return view
