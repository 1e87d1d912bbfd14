"""Shared by the tests of vision policies: cameras, targets, and a small vision policy."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.base_class import BaseAlgorithm

from arm_sim.common.arrays import Floats
from arm_sim.robot.robot import Robot
from arm_trainer.backends.camera_views import Views
from arm_trainer.backends.in_process import InProcessBackend
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.envs.sb3_vec_env import ArmVecEnv
from arm_trainer.tasks.reach import Reach, ReachConfig
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
def privileged_interface(robot: Robot) -> PolicyInterface:
    """The task with the target in the observation; its episodes are short."""
    return PolicyInterface(
        Reach(robot, ReachConfig(gripper_distance=0.0, max_periods=4, hold_periods=1))
    )


@pytest.fixture(scope="session")
def vision_interface(privileged_interface: PolicyInterface) -> PolicyInterface:
    """The same task without the target in the observation."""
    return PolicyInterface(
        Reach(privileged_interface.robot, privileged_interface.task.config),
        target_in_observation=False,
    )


@pytest.fixture
def make_env(views: Views) -> Iterator[MakeEnv]:
    """Makes three arms with cameras in this process, closed after the test."""
    backends = []

    def make(interface: PolicyInterface, views: Views = views) -> BatchEnv:
        backend = InProcessBackend(
            interface.robot, 3, interface.control_period, threads=1, views=views
        )
        backends.append(backend)
        return BatchEnv(interface, backend, views=views)

    yield make
    for backend in backends:
        backend.close()


@pytest.fixture(scope="session")
def teacher(privileged_interface: PolicyInterface) -> BaseAlgorithm:
    """An untrained teacher whose actions depend on every part of the observation."""
    backend = InProcessBackend(
        privileged_interface.robot, 1, privileged_interface.control_period, threads=1
    )
    env = ArmVecEnv(BatchEnv(privileged_interface, backend))
    model = PPO("MlpPolicy", env, seed=0, device="cpu", policy_kwargs={"net_arch": [8]})
    env.close()
    with torch.no_grad():
        model.policy.action_net.weight.normal_()
    return model
