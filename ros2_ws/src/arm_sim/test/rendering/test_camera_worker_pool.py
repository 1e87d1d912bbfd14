"""Several processes draw the very frames that one would; one that ends is told and leaves none."""

from collections.abc import Iterator

import numpy as np
import pytest

from arm_sim.common.errors import UserError
from arm_sim.rendering.camera_rig import CameraRig
from arm_sim.rendering.camera_worker_pool import CameraWorkerPool
from arm_sim.rendering.offscreen import drawn_home
from arm_sim.robot.appearance_config import Appearance
from arm_sim.robot.robot import Robot
from arm_sim.scene.loader import load_robot

VARIED = Appearance(light=0.3, colour=0.2, camera_position=0.02, noise=5.0, seed=2)
ARGUMENTS = (("top_camera", "front_camera"), 24, 16, "fast", VARIED)


@pytest.fixture(scope="module")
def robot() -> Robot:
    return load_robot()


@pytest.fixture
def poses(robot: Robot) -> np.ndarray:
    home = drawn_home(robot)
    return home + np.random.default_rng(0).uniform(-0.3, 0.3, (9, len(home)))


@pytest.fixture
def team(robot: Robot) -> Iterator[CameraWorkerPool]:
    made = CameraWorkerPool(robot, *ARGUMENTS, num_arms=9, cores=2)
    if not made.software:
        made.close()
        pytest.skip("a GPU draws; it needs no helpers")
    yield made
    made.close()


def test_the_frames_are_the_same(robot: Robot, team: CameraWorkerPool, poses: np.ndarray) -> None:
    alone = CameraRig(robot, *ARGUMENTS)
    (worker,) = team._workers
    assert (team._own_arms, worker.arms) == (slice(0, 4), slice(4, 9))
    for time in range(3):
        reset_counts = np.arange(9) + time
        expected = alone.render(poses, reset_counts, time)
        for (name, image), seen in zip(
            expected.items(), team.render(poses, reset_counts, time).values(), strict=True
        ):
            np.testing.assert_array_equal(seen, image, err_msg=name)
        poses[time::3] += 0.1
    alone.close()


def test_few_arms_are_drawn_without_workers(robot: Robot, poses: np.ndarray) -> None:
    for arms, cores in ((7, 4), (9, 1)):
        team = CameraWorkerPool(robot, *ARGUMENTS, num_arms=arms, cores=cores)
        assert not team._workers
        assert team.render(poses[:arms])["top_camera"].shape == (arms * 16, 24, 3)
        team.close()


def test_a_helper_that_has_ended_is_one_sentence(team: CameraWorkerPool, poses: np.ndarray) -> None:
    team.render(poses)
    team._workers[0].process.kill()
    with pytest.raises(UserError, match="A process that renders camera images has ended"):
        team.render(poses)
        team.render(poses)


def test_workers_end_with_it(team: CameraWorkerPool, poses: np.ndarray) -> None:
    team.render(poses)
    process = team._workers[0].process
    team.close()
    assert process.returncode == 0
    team.close()
