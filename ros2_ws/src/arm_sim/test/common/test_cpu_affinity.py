"""Physics threads run on other cores than the thread that waits for them."""

import os
import threading

import pytest

from arm_sim.common.cpu_affinity import pin_to_main_core, worker_threads_off_main_core
from arm_sim.scene.loader import load_robot
from arm_sim.simulation.simulation import Simulation

CORES = os.sched_getaffinity(0)
several = pytest.mark.skipif(len(CORES) < 2, reason="there is but one core")


def of_threads() -> dict[str, set[int]]:
    """The cores that each thread of this process may run on."""
    return {task: os.sched_getaffinity(int(task)) for task in os.listdir("/proc/self/task")}


@several
@pytest.mark.parametrize("threads", [0, len(CORES)], ids=["every core", "as many as asked for"])
def test_only_a_thread_per_core_keeps_off_the_main_core(threads: int) -> None:
    before = of_threads()
    simulation = Simulation(load_robot(), 16, threads=threads)
    after = of_threads()
    workers = [after[task] for task in after.keys() - before.keys()]
    assert workers
    left_alone = {frozenset(CORES - cores) for cores in workers}
    (core,) = left_alone
    assert len(core) == (0 if threads else 1)
    assert os.sched_getaffinity(0) == CORES
    simulation.step(simulation.commands)


@several
def test_the_main_thread_stays_on_the_core_that_its_workers_leave() -> None:
    seen: dict[str, set[int]] = {}

    def simulate() -> None:
        with worker_threads_off_main_core():
            seen["workers"] = os.sched_getaffinity(0)
        seen["meanwhile"] = os.sched_getaffinity(0)
        pin_to_main_core()
        seen["own"] = os.sched_getaffinity(0)

    thread = threading.Thread(target=simulate)  # So that the tests' own thread stays free.
    thread.start()
    thread.join()
    assert seen["meanwhile"] == CORES
    assert len(seen["own"]) == 1 and seen["own"] | seen["workers"] == CORES
    assert not seen["own"] & seen["workers"]


def test_an_error_within_gives_the_cores_back() -> None:
    with pytest.raises(ValueError), worker_threads_off_main_core():
        raise ValueError
    assert os.sched_getaffinity(0) == CORES


def test_one_core_is_not_divided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3})
    monkeypatch.setattr(os, "sched_setaffinity", lambda *_: pytest.fail("there is but one core"))
    with worker_threads_off_main_core():
        pass
    pin_to_main_core()
