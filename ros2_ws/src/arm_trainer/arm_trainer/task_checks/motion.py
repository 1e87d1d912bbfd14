"""Motion: what a task says while its arms move at random, recorded for the rules."""

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from arm_sim.common.arrays import Floats
from arm_trainer.backends.backend import BatchState
from arm_trainer.backends.in_process import InProcessBackend
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.task_checks.faults import TaskFault
from arm_trainer.task_checks.subject import Subject
from arm_trainer.task_checks.watched_task import WatchedTask
from arm_trainer.tasks.seeding import training_generator
from arm_trainer.tasks.task import Bools, TaskState

ARMS, PERIODS = 16, 150
# Random actions are kept for so many control periods, so that the arms get somewhere.
_KEPT = 8


@dataclass(frozen=True)
class Motion:
    """T control periods of N arms at random, with new episodes where some end.

    Attributes:
        subject: The task.
        columns: Names of the O columns of an observation.
        observations: (T, N, O).
        rewards: (T, N).
        terms: Reward terms by name, (T, N) each.
        figures: The task's metrics by name, (T, N) each.
        achieved: (T, N) whether the goals were achieved.
        achieved_at_start: (N,) whether they were at the very beginning.
        states: The states after some of the periods.
        task_seconds: Time that the task's own code took for each control period, s.
        physics_seconds: Time that the simulation took, s.
    """

    subject: Subject
    columns: tuple[str, ...]
    observations: NDArray[np.float32]
    rewards: Floats
    terms: dict[str, Floats]
    figures: dict[str, Floats]
    achieved: Bools
    achieved_at_start: Bools
    states: list[TaskState]
    task_seconds: float
    physics_seconds: float


class TimedBackend(InProcessBackend):
    """The in-process backend, whose steps are timed."""

    seconds = 0.0

    def step(self, commands: Floats) -> BatchState:
        """See `Backend.step`."""
        begin = time.perf_counter()
        state = super().step(commands)
        self.seconds += time.perf_counter() - begin
        return state


def record(subject: Subject, periods: int = PERIODS) -> Motion:
    """Moves arms at random for some control periods; equal each time.

    Raises:
        TaskFault: If the task's code fails.
    """
    interface = subject.interface()
    watched = WatchedTask(interface.task, subject.file)
    interface.task = watched  # type: ignore[assignment]
    backend = TimedBackend(subject.robot, ARMS, interface.control_period)
    env = BatchEnv(interface, backend)
    env.seed(training_generator(0))
    random, everyone = np.random.default_rng(0), np.arange(ARMS)
    env.reset(everyone)
    at_start = watched.achieved(env.state)
    watched.seconds = 0.0
    observations, rewards, achieved, terms, figures, states = [], [], [], [], [], []
    for period in range(periods):
        if period % _KEPT == 0:
            actions = random.uniform(-1.0, 1.0, (ARMS, len(interface.outputs)))
        result = env.step(actions)
        observations.append(result.observations)
        rewards.append(result.rewards)
        achieved.append(watched.achieved_now)
        terms.append(watched.terms)
        figures.append(result.metrics)
        if period % _KEPT == 0:
            states.append(env.state)
        ended = everyone[result.done]
        if len(ended):
            env.autoreset(ended)
    return Motion(
        subject=subject,
        columns=interface.observation_names,
        observations=np.stack(observations),
        rewards=np.stack(rewards),
        terms=_joined("reward", terms),
        figures=_joined("metrics", figures),
        achieved=np.stack(achieved),
        achieved_at_start=at_start,
        states=states,
        task_seconds=watched.seconds / periods,
        physics_seconds=backend.seconds / periods,
    )


def _joined(method: str, found: list[dict[str, Floats]]) -> dict[str, Floats]:
    if any(values.keys() != found[0].keys() for values in found):
        raise TaskFault(f"{method} returns other names from time to time; they must stay the same.")
    return {name: np.stack([values[name] for values in found]) for name in found[0]}
