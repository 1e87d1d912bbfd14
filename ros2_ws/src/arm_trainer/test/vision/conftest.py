"""Shared by the tests of vision policies: cameras, targets, and a small vision policy."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.base_class import BaseAlgorithm

from arm_sim.robot.robot import Floats, Robot
from arm_trainer.backends.backend import InProcessBackend
from arm_trainer.backends.camera_views import Views
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.envs.gym_env import ReachVecEnv
from arm_trainer.tasks.reach import Reach, ReachSettings
from arm_trainer.vision.camera_geometry import CameraGeometry, find_camera_geometry

MakeEnv = Callable[..., BatchEnv]


@pytest.fixture(scope="session")
def targets() -> Floats:
    """Positions in front of every camera, (3, 3) m."""
    return np.array([[0.6, 0.3, 0.8], [0.8, -0.2, 1.0], [0.7, 0.1, 1.15]])


@pytest.fixture(scope="session")
def cameras(robot: Robot) -> CameraGeometry:
    """The built-in arm's three cameras."""
    return find_camera_geometry(robot, robot.cameras)


@pytest.fixture(scope="session")
def views() -> Views:
    """Two small cameras, of which two frames are stacked."""
    return Views(("front_camera", "side_camera"), size=24, stack=2)


@pytest.fixture(scope="session")
def privileged_task(robot: Robot) -> Reach:
    """The task with the target in the observation; its episodes are short."""
    return Reach(robot, ReachSettings(gripper_distance=0.0, max_periods=4, hold_periods=1))


@pytest.fixture(scope="session")
def vision_task(privileged_task: Reach) -> Reach:
    """The same task without the target in the observation."""
    return Reach(privileged_task.robot, privileged_task.settings, target_in_observation=False)


@pytest.fixture
def make_env(views: Views) -> Iterator[MakeEnv]:
    """Makes three arms with cameras in this process, closed after the test."""
    backends = []

    def make(task: Reach, views: Views = views) -> BatchEnv:
        backend = InProcessBackend(task.robot, 3, task.control_period, threads=1, views=views)
        backends.append(backend)
        return BatchEnv(task, backend, views=views)

    yield make
    for backend in backends:
        backend.close()


@pytest.fixture(scope="session")
def teacher(privileged_task: Reach) -> BaseAlgorithm:
    """An untrained teacher whose actions depend on every part of the observation."""
    backend = InProcessBackend(privileged_task.robot, 1, privileged_task.control_period, threads=1)
    env = ReachVecEnv(BatchEnv(privileged_task, backend))
    model = PPO("MlpPolicy", env, seed=0, device="cpu", policy_kwargs={"net_arch": [8]})
    env.close()
    with torch.no_grad():
        model.policy.action_net.weight.normal_()
    return model
