"""Who helps the physics runs on other cores than the thread that is helped."""

import os
import threading

import pytest

from arm_sim.common.cpu_affinity import stay_on_own_core, workers_off_own_core
from arm_sim.robot.robot import load_robot
from arm_sim.simulation.simulation import Simulation

CORES = os.sched_getaffinity(0)
several = pytest.mark.skipif(len(CORES) < 2, reason="there is but one core")


def of_threads() -> dict[str, set[int]]:
    """The cores that each thread of this process may run on."""
    return {task: os.sched_getaffinity(int(task)) for task in os.listdir("/proc/self/task")}


@several
@pytest.mark.parametrize("threads", [0, len(CORES)], ids=["every core", "as many as asked for"])
def test_only_who_takes_every_core_divides_them(threads: int) -> None:
    before = of_threads()
    simulation = Simulation(load_robot(), 16, threads=threads)
    after = of_threads()
    helpers = [after[task] for task in after.keys() - before.keys()]
    assert helpers
    left_alone = {frozenset(CORES - cores) for cores in helpers}
    (core,) = left_alone
    assert len(core) == (0 if threads else 1)
    assert os.sched_getaffinity(0) == CORES
    simulation.step(simulation.commands)


@several
def test_the_thread_that_is_helped_stays_on_the_core_that_its_helpers_leave() -> None:
    seen: dict[str, set[int]] = {}

    def simulate() -> None:
        with workers_off_own_core():
            seen["helpers"] = os.sched_getaffinity(0)
        seen["meanwhile"] = os.sched_getaffinity(0)
        stay_on_own_core()
        seen["own"] = os.sched_getaffinity(0)

    thread = threading.Thread(target=simulate)  # So that the tests' own thread stays free.
    thread.start()
    thread.join()
    assert seen["meanwhile"] == CORES
    assert len(seen["own"]) == 1 and seen["own"] | seen["helpers"] == CORES
    assert not seen["own"] & seen["helpers"]


def test_an_error_within_gives_the_cores_back() -> None:
    with pytest.raises(ValueError), workers_off_own_core():
        raise ValueError
    assert os.sched_getaffinity(0) == CORES


def test_one_core_is_not_divided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3})
    monkeypatch.setattr(os, "sched_setaffinity", lambda *_: pytest.fail("there is but one core"))
    with workers_off_own_core():
        pass
    stay_on_own_core()
