import signal
import threading
import time

import numpy as np
import pytest

from arm_sim.scene.loader import load_robot
from arm_trainer.backends.backend import SimulatorLost
from arm_trainer.ros.backend import RosBackend
from support.processes import Process, Start

PERIOD = 0.05


def lockstep(start: Start, **parameters: object) -> Process:
    return start("sim_node", mode="lockstep", cameras="none", **parameters)


def connect(domain_id: int, arms: int = 1, **options: float) -> RosBackend:
    return RosBackend(load_robot(), arms, PERIOD, domain_id=domain_id, **options)


def home() -> np.ndarray:
    robot = load_robot()
    return robot.home[robot.command_indices][None]


def test_one_that_is_not_there_is_named(domain_id: int) -> None:
    with pytest.raises(SimulatorLost, match=r"No simulator in lockstep mode answered .* 1 s"):
        connect(domain_id, connect_timeout=1.0)


def test_one_that_comes_late_is_waited_for(start: Start, domain_id: int) -> None:
    threading.Timer(2.0, lockstep, [start]).start()
    backend = connect(domain_id)
    assert backend.step(home()).stamp_ns == 50_000_000
    backend.close()


def test_one_that_dies_is_noticed(start: Start, domain_id: int) -> None:
    simulator = lockstep(start)
    backend = connect(domain_id, answer_timeout=1.5)
    backend.step(home())
    simulator.end(signal.SIGKILL)
    with pytest.raises(SimulatorLost, match="has not answered for 2 s"):
        backend.step(home())
    backend.close()


def test_one_that_pauses_is_waited_for(start: Start, domain_id: int) -> None:
    simulator = lockstep(start)
    backend = connect(domain_id)
    before = backend.step(home())
    simulator.popen.send_signal(signal.SIGSTOP)
    threading.Timer(1.5, simulator.popen.send_signal, [signal.SIGCONT]).start()
    after = backend.step(home())
    assert after.stamp_ns == before.stamp_ns + 50_000_000
    # The resends of the pause are answered by now; none of them moved time.
    time.sleep(0.3)
    assert backend.step(home()).stamp_ns == after.stamp_ns + 50_000_000
    backend.close()


def test_one_that_was_restarted_is_named(start: Start, domain_id: int) -> None:
    simulator = lockstep(start)
    backend = connect(domain_id)
    for _ in range(5):
        backend.step(home())
    simulator.end(signal.SIGKILL)
    lockstep(start)
    with pytest.raises(SimulatorLost, match="was restarted"):
        backend.step(home())
    backend.close()


@pytest.mark.parametrize("wanted", [1, 2, 8])
def test_one_with_more_or_fewer_arms_is_named(start: Start, domain_id: int, wanted: int) -> None:
    lockstep(start, num_arms=4)
    with pytest.raises(SimulatorLost, match=f"num_arms 4, wanted are {wanted}: give --num-arms 4"):
        connect(domain_id, wanted)


def test_one_with_another_robot_is_named(start: Start, domain_id: int) -> None:
    lockstep(start, model="six_axis_arm")
    with pytest.raises(SimulatorLost, match="are not the 1 of 'fetch_arm' expected"):
        connect(domain_id)


def test_one_with_another_control_rate_is_named(start: Start, domain_id: int) -> None:
    lockstep(start, control_rate=10.0)
    backend = connect(domain_id)
    with pytest.raises(SimulatorLost, match="another control_rate"):
        backend.step(home())
    backend.close()


def test_one_in_real_time_is_named(start: Start, domain_id: int) -> None:
    start("sim_node", mode="realtime", cameras="none")
    with pytest.raises(SimulatorLost, match=r"not in lockstep|No simulator in lockstep"):
        backend = connect(domain_id, connect_timeout=3.0)
        backend.step(home())
