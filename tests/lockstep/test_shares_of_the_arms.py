"""Several simulators share the arms evenly; each is asked only about its own, all at once."""

from unittest.mock import Mock

import numpy as np
import pytest

from arm_sim.robot.robot import Robot
from arm_sim.scene.loader import load_robot
from arm_sim.simulation.sim_config import SimConfig
from arm_trainer.backends.backend import BatchState, SimulatorLost
from arm_trainer.ros import managed_simulator
from arm_trainer.ros.managed_simulator import ManagedShardedBackend
from arm_trainer.ros.sharded_backend import ShardedRosBackend, shares
from arm_trainer.tasks.start import Start
from arm_trainer.training.config import load_settings
from support.rollouts import PERIOD


@pytest.mark.parametrize(
    ("arms", "sims", "sizes"), [(16, 1, [16]), (16, 2, [8, 8]), (17, 3, [6, 6, 5]), (2, 2, [1, 1])]
)
def test_the_arms_are_shared_out_evenly(arms: int, sims: int, sizes: list[int]) -> None:
    parts = shares(arms, sims)
    assert list(parts) == [f"sim_{i}" for i in range(sims)]
    assert [len(range(arms)[part]) for part in parts.values()] == sizes
    assert [arm for part in parts.values() for arm in range(arms)[part]] == list(range(arms))


def at(numbers: list[float]) -> Start:
    """Start states that can be told apart by each of their arrays' first numbers."""
    column = np.array(numbers)[:, None]
    return Start(column, np.tile(column, 3), np.tile(column[:, None], 7))


class Fake:
    """Takes the place of a RosBackend; notes what is asked of it."""

    robot, control_period = load_robot(), PERIOD

    def __init__(self, name: str, arms: int, notes: list[str]) -> None:
        self._name, self._notes = name, notes
        self.state = BatchState.at_home(self.robot, arms)

    def send_reset(self, arms: np.ndarray, starts: Start) -> None:
        first = starts.positions[:, 0].tolist()
        self._notes.append(f"{self._name} reset {arms.tolist()} to {first}")

    def send_goals(self, arms: np.ndarray, goals: np.ndarray, objects: np.ndarray | None) -> None:
        placed = "" if objects is None else f", objects to {objects[:, 0, 0].tolist()}"
        goals = goals[:, 0].tolist()
        self._notes.append(f"{self._name} goals {arms.tolist()} to {goals}{placed}")

    def send_step(self, commands: np.ndarray) -> None:
        self._notes.append(f"{self._name} step {commands[:, 0].tolist()}")

    def wait_for_reset(self) -> None:
        self._notes.append(f"{self._name} wait")

    wait_for_step = wait_for_reset

    def close(self) -> None:
        self._notes.append(f"{self._name} close")


def test_all_are_told_before_any_is_waited_for() -> None:
    notes: list[str] = []
    team = ShardedRosBackend(5, 2, lambda name, arms: Fake(name, arms, notes))
    team.step(np.arange(5.0)[:, None])
    assert notes == [
        "sim_0 step [0.0, 1.0, 2.0]",
        "sim_1 step [3.0, 4.0]",
        "sim_0 wait",
        "sim_1 wait",
    ]
    notes.clear()
    team.reset(np.array([1, 2, 4]), at([0.1, 0.2, 0.4]))
    assert notes == [
        "sim_0 reset [1, 2] to [0.1, 0.2]",
        "sim_1 reset [1] to [0.4]",
        "sim_0 wait",
        "sim_1 wait",
    ]


def test_a_reset_goes_only_to_those_whose_arms_it_names() -> None:
    notes: list[str] = []
    team = ShardedRosBackend(5, 2, lambda name, arms: Fake(name, arms, notes))
    team.reset(np.array([3]), at([0.0]))
    assert notes == ["sim_1 reset [0] to [0.0]", "sim_1 wait"]


def test_goals_go_to_those_whose_arms_they_are_with_the_objects_or_without() -> None:
    notes: list[str] = []
    team = ShardedRosBackend(5, 2, lambda name, arms: Fake(name, arms, notes))
    goals = at([0.1, 0.2, 0.4])
    team.move_goals(np.array([0, 3, 4]), goals.goal)
    assert notes[:2] == ["sim_0 goals [0] to [0.1]", "sim_1 goals [0, 1] to [0.2, 0.4]"]
    notes.clear()
    team.move_goals(np.array([3]), goals.goal[:1], goals.objects[1:2])
    assert notes == ["sim_1 goals [0] to [0.1], objects to [0.2]", "sim_1 wait"]


def test_if_the_second_is_not_found_it_is_named_and_the_first_is_left() -> None:
    notes: list[str] = []

    def connect(name: str, arms: int) -> Fake:
        if name == "sim_1":
            raise SimulatorLost("It is not there.")
        return Fake(name, arms, notes)

    with pytest.raises(SimulatorLost, match=r"^sim_1: It is not there\.$"):
        ShardedRosBackend(5, 2, connect)
    assert notes == ["sim_0 close"]


def test_each_draws_looks_of_its_own_and_never_an_evaluations(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn = []

    def start_simulator(config: SimConfig, *_: object, **__: object) -> Mock:
        drawn.append(config.appearance.seed)
        return Mock()

    def connect(_: Robot, arms: int, __: float, namespace: str, **___: object) -> Fake:
        return Fake(namespace, arms, [])

    monkeypatch.setattr(managed_simulator, "start_simulator", start_simulator)
    monkeypatch.setattr(managed_simulator, "RosBackend", connect)
    unseen = set()
    for seed in 0, 1, 2**30 - 1:
        settings = load_settings("ppo", seed=seed, vision={"appearance": {"light": 0.1}})
        config = SimConfig().replace(num_arms=3, appearance=settings.appearance())
        ManagedShardedBackend(load_robot(), config, 3).close()
        assert len(set(drawn[-3:])) == 3
        unseen.add(settings.appearance(unseen=True).seed)
    assert not unseen & set(drawn)
