"""Many control periods with random actions, of which every number can be compared."""

import numpy as np

from arm_trainer.backends.backend import Backend
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.tasks.reach import Reach
from arm_trainer.tasks.seeding import training_generator
from arm_trainer.tasks.start import take_starts
from arm_trainer.tasks.task import Task

PERIOD = 0.05


def rollout(backend: Backend, steps: int, task: type[Task] = Reach) -> list[np.ndarray]:
    """What an agent sees of `steps` control periods with random actions, resets and new goals.

    And where the objects are, if the task has some.
    """
    interface = PolicyInterface(task(backend.robot))
    episodes = BatchEnv(interface, backend)
    episodes.seed(training_generator(3))
    random = np.random.default_rng(4)
    episodes.reset(np.arange(backend.num_arms))
    seen = [episodes.observations]
    drawn = interface.task.starts(np.random.default_rng(5))
    shape = (backend.num_arms, len(interface.outputs))
    for _ in range(steps):
        # Finite episodes, so that resets of some arms fall between the steps of others.
        result = episodes.step(random.uniform(-1, 1, shape).astype(np.float32))
        seen += [result.observations, result.rewards, *objects_of(episodes)]
        ended = result.terminated | result.truncated | (random.random(backend.num_arms) < 0.02)
        if ended.any():
            episodes.reset(np.flatnonzero(ended))
            seen += [episodes.observations, *objects_of(episodes)]
        going_on = np.flatnonzero(random.random(backend.num_arms) < 0.02)
        if len(going_on):
            episodes.go_on(going_on, take_starts(drawn, len(going_on)))
            seen += [episodes.observations, *objects_of(episodes)]
    return seen


def objects_of(episodes: BatchEnv) -> list[np.ndarray]:
    return [episodes.state.objects, episodes.state.object_velocities]


def same(one: list[np.ndarray], other: list[np.ndarray]) -> bool:
    return len(one) == len(other) and all(
        a.tobytes() == b.tobytes() for a, b in zip(one, other, strict=True)
    )
