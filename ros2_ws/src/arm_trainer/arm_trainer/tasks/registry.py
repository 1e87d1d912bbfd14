"""Tasks by name. A new task is a file beside this one and a line here, or your own file."""

from arm_sim.common.registry import Registry
from arm_trainer.tasks.lift import Lift
from arm_trainer.tasks.place import Place
from arm_trainer.tasks.push import Push
from arm_trainer.tasks.reach import Reach
from arm_trainer.tasks.stack import Stack
from arm_trainer.tasks.task import Task

TASKS: Registry[Task] = Registry(
    "task", "arm_trainer.tasks", {task.name: task for task in (Reach, Push, Lift, Place, Stack)}
)
