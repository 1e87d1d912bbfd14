"""The cameras show the same in-process and over ROS, to the bit, and nothing lost changes that."""

import dataclasses

import numpy as np
import pytest

from arm_sim.robot.appearance_config import Appearance
from arm_sim.scene.loader import load_robot
from arm_trainer.backends.backend import Backend
from arm_trainer.backends.camera_views import Views
from arm_trainer.backends.in_process import InProcessBackend
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.ros import backend as backend_module
from arm_trainer.ros.backend import RosBackend
from arm_trainer.ros.simulator_connection import SimulatorConnection
from arm_trainer.tasks.reach import Reach
from arm_trainer.tasks.seeding import training_generator
from support.lossy_connections import LosesCommands, Repeating
from support.processes import Process, Start
from support.states import start_at

PERIOD = 0.05
VIEWS = Views(("front_camera", "side_camera", "top_camera"), size=64, stack=2)
VARIED = Appearance(
    light=0.3, colour=0.2, camera_position=0.02, camera_rotation=0.02, noise=5.0, seed=7
)
ARMS = 2


def rollout(backend: Backend, steps: int) -> list[np.ndarray]:
    """What an agent sees of `steps` control periods with random actions, resets included."""
    episodes = BatchEnv(
        PolicyInterface(Reach(load_robot()), target_in_observation=False), backend, views=VIEWS
    )
    episodes.seed(training_generator(3))
    random = np.random.default_rng(4)
    episodes.reset(np.arange(ARMS))
    seen = [episodes.observations, episodes.frames]
    for _ in range(steps):
        episodes.step(random.uniform(-1, 1, (ARMS, 3)))
        seen += [episodes.observations, episodes.frames]
        ended = np.flatnonzero(random.random(ARMS) < 0.1)
        if len(ended):
            episodes.reset(ended)
            seen += [episodes.observations, episodes.frames]
    backend.close()
    return seen


def simulator(start: Start, **parameters: object) -> Process:
    size = {"image_width": VIEWS.size, "image_height": VIEWS.size}
    return start("sim_node", mode="lockstep", num_arms=ARMS, **{**size, **parameters})


def assert_same(one: list[np.ndarray], other: list[np.ndarray]) -> None:
    assert len(one) == len(other)
    for i, (a, b) in enumerate(zip(one, other, strict=True)):
        np.testing.assert_array_equal(a, b, err_msg=f"entry {i}", strict=True)


class Lossy(LosesCommands):
    """Loses some commands and resets on the way there, and states and images on the way back."""

    received = 0

    def receive(self, timeout: float, stamp_ns: int) -> bytes | None:
        self.received += 1
        if self.images is not None and self.received % 7 == 3:
            for reader in self.images.readers[self.received % 3 :]:
                reader.take()
        state = super().receive(timeout, stamp_ns)
        return None if self.received % 13 == 12 else state


@pytest.mark.parametrize("connection", [SimulatorConnection, Lossy, Repeating])
def test_thirty_steps_with_resets_look_the_same_in_process_and_over_ros(
    start: Start,
    domain_id: int,
    monkeypatch: pytest.MonkeyPatch,
    connection: type[SimulatorConnection],
) -> None:
    expected = rollout(InProcessBackend(load_robot(), ARMS, PERIOD, views=VIEWS), 30)
    assert any((frames != expected[1]).any() for frames in expected[3::2])
    simulator(start)
    monkeypatch.setattr(backend_module, "SimulatorConnection", connection)
    backend = RosBackend(load_robot(), ARMS, PERIOD, domain_id=domain_id, views=VIEWS)
    assert_same(rollout(backend, 30), expected)


def test_they_do_with_appearances_drawn_anew_at_each_reset(start: Start, domain_id: int) -> None:
    expected = rollout(InProcessBackend(load_robot(), ARMS, PERIOD, 0, VIEWS, VARIED), 30)
    plain = rollout(InProcessBackend(load_robot(), ARMS, PERIOD, 0, VIEWS), 1)
    assert (plain[1] != expected[1]).mean() > 0.5
    simulator(start, **{f"appearance_{name}": value for name, value in vars(VARIED).items()})
    backend = RosBackend(load_robot(), ARMS, PERIOD, domain_id=domain_id, views=VIEWS)
    assert_same(rollout(backend, 30), expected)


def test_a_reset_changes_the_look_of_the_arms_reset_only() -> None:
    robot = load_robot()
    still = dataclasses.replace(VARIED, noise=0.0)
    backend = InProcessBackend(robot, ARMS, PERIOD, 0, VIEWS, still)
    home = start_at(robot, np.tile(robot.home, (ARMS, 1)))
    before = backend.reset(np.arange(ARMS), home).images
    after = backend.reset(np.array([1]), home[:1]).images
    backend.close()
    np.testing.assert_array_equal(after[0], before[0])
    assert (after[1] != before[1]).mean() > 0.5
