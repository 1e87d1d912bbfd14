"""To a trainer, several simulators with a part of the arms each are as one with all of them."""

import os
import signal
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from arm_sim.common.errors import UserError
from arm_sim.scene.loader import load_robot
from arm_sim.simulation.sim_config import SimConfig
from arm_trainer.backends.backend import SimulatorLost
from arm_trainer.backends.camera_views import Views
from arm_trainer.backends.in_process import InProcessBackend
from arm_trainer.cli.train import run_training
from arm_trainer.ros.backend import RosBackend
from arm_trainer.ros.managed_simulator import ManagedShardedBackend
from arm_trainer.ros.sharded_backend import ShardedRosBackend
from support.graph import wait_until
from support.processes import Start
from support.rollouts import PERIOD, rollout, same
from support.states import start_at

MARK = "ARM_TEST_SEVERAL_SIMULATORS"


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """What the environment of every process that the test starts has in it, and no other's."""
    monkeypatch.setenv(MARK, str(tmp_path))
    return f"{MARK}={tmp_path}"


def simulators(mark: str) -> dict[str, int]:
    """The simulators that run with this mark: process IDs by namespace."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_text().split("\0")
            environment = (folder / "environ").read_text().split("\0")
        except OSError:  # It has ended, or is another user's.
            continue
        if "arm_sim.ros.sim_node" in command and mark in environment:
            found[command[-2].removeprefix("__ns:=/")] = int(folder.name)
    return found


def test_two_hundred_steps_are_bit_equal_to_one_process() -> None:
    """Three and two arms, some of which are reset now and then."""
    robot = load_robot()
    expected = rollout(InProcessBackend(robot, 5, PERIOD), 200)
    team = ManagedShardedBackend(robot, SimConfig().replace(num_arms=5), 2)
    try:
        assert same(rollout(team, 200), expected)
    finally:
        team.close()


def test_what_they_see_is_bit_equal_to_one_process_and_so_is_the_time() -> None:
    views = Views(("front_camera", "top_camera"), size=32, stack=1)
    robot = load_robot()
    alone = InProcessBackend(robot, 2, PERIOD, views=views)
    team = ManagedShardedBackend(robot, SimConfig().replace(num_arms=2), 2, views=views)
    random = np.random.default_rng(5)
    home = robot.home
    try:
        for arms in np.array([0, 1]), np.array([1]), np.array([0]):
            starts = home + random.uniform(-0.1, 0.1, (len(arms), len(home)))
            targets = home[robot.command_indices]
            commands = targets + random.uniform(-0.2, 0.2, (2, len(targets)))
            pairs = [
                (b.reset(arms, start_at(robot, starts)), b.step(commands)) for b in (alone, team)
            ]
            for expected, seen in zip(*pairs, strict=True):
                assert seen.stamp_ns == expected.stamp_ns
                np.testing.assert_array_equal(seen.positions, expected.positions)
                np.testing.assert_array_equal(seen.velocities, expected.velocities)
                np.testing.assert_array_equal(seen.images, expected.images, strict=True)
    finally:
        team.close()
        alone.close()


@pytest.fixture
def short(tmp_path: Path) -> list[object]:
    """Arguments of a training that is soon over, and where its run goes."""
    file = tmp_path / "short.yaml"
    file.write_text(
        "steps: 300\nnum_arms: 3\nnum_sims: 2\nevaluation_episodes: 5\nlearner: {batch_size: 64}\n"
    )
    return ["--settings", file, "--log-dir", tmp_path / "logs"]


def test_a_short_training_leaves_a_run_and_no_process(
    start: Start, tmp_path: Path, short: list[object], marked: str
) -> None:
    training = start("train", *short)
    assert training.wait(60) == 0, training.output
    (run,) = (tmp_path / "logs" / "fetch_arm").iterdir()
    assert (run / "policy" / "policy.onnx").is_file()
    assert "num_sims: 2" in (run / "settings.yaml").read_text()
    assert not simulators(marked)


def test_one_that_is_killed_is_named_within_seconds_and_no_process_is_left(
    tmp_path: Path, short: list[object], marked: str
) -> None:
    killed_at = []

    def kill() -> None:
        wait_until(lambda: any(tmp_path.glob("logs/*/*/events*")), timeout=60.0)  # It learns.
        os.kill(simulators(marked)["sim_1"], signal.SIGKILL)
        killed_at.append(time.monotonic())

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(UserError, match=r"^sim_1: The simulator died: exit code -9.* The run is"):
        run_training([*map(str, short), "--steps=10000000"], threading.Event())
    assert time.monotonic() - killed_at[0] < 5.0
    killer.join()
    assert not simulators(marked)


def test_external_ones_are_found_below_the_trainers_namespace(
    start: Start, domain_id: int, short: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    for i, arms in enumerate((2, 1)):
        place = {"__ns": f"/left/sim_{i}"}
        start("sim_node", mode="lockstep", num_arms=arms, threads=1, cameras="none", remap=place)
    monkeypatch.setenv("ROS_DOMAIN_ID", str(domain_id))
    arguments = ["--sim=external", *map(str, short), "--ros-args", "-r", "__ns:=/left"]
    result = run_training(arguments, threading.Event())
    assert result is not None and result.finished


def test_an_external_one_with_another_share_is_named(start: Start, domain_id: int) -> None:
    start("sim_node", mode="lockstep", num_arms=3, cameras="none", remap={"__ns": "/sim_0"})

    def connect(name: str, arms: int) -> RosBackend:
        return RosBackend(load_robot(), arms, PERIOD, namespace=name, domain_id=domain_id)

    sentence = r"^sim_0: .* has num_arms 3, wanted are 2: start it with 'num_arms:=2'\.$"
    with pytest.raises(SimulatorLost, match=sentence):
        ShardedRosBackend(4, 2, connect)
