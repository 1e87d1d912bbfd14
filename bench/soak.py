"""Two million steps over ROS: is memory kept, is no tick lost?

    source scripts/activate.sh && python bench/soak.py

16 arms with random actions, resets included. Resident memory of both processes is read after the
first tenth and at the end; the simulator's time must have gone on by exactly one control period for
every command and every reset.
"""

import argparse
import os
import time
from pathlib import Path

import numpy as np
from tqdm import tqdm

from arm_sim.common.arrays import Floats, Ints
from arm_sim.robot.loader import load_robot
from arm_trainer.backends.backend import BatchState
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.envs.vector_env import ArmVectorEnv
from arm_trainer.ros.managed_simulator import ManagedSimulatorBackend
from arm_trainer.tasks.reach import Reach

MODEL, ARMS = "fetch_arm", 16


class Counted(ManagedSimulatorBackend):
    """Counts what was said to the simulator, each of which moves its time by one period."""

    said = answered = stamp_ns = 0

    def reset(self, arms: Ints, positions: Floats) -> BatchState:
        """Counts a reset."""
        self.said += 1
        return super().reset(arms, positions)

    def step(self, commands: Floats) -> BatchState:
        """Counts a command, and keeps the time that the simulator answers with."""
        self.said += 1
        state = super().step(commands)
        self.stamp_ns, self.answered = state.stamp_ns, self.said
        return state


def resident(pid: int) -> float:
    """Resident memory of a process, MiB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=2_000_000, help="over all arms")
    given = parser.parse_args()
    backend = Counted(PolicyInterface(Reach(load_robot(MODEL))), MODEL, ARMS)
    processes = {"trainer": os.getpid(), "simulator": backend._simulator.process.pid}
    envs = ArmVectorEnv(ARMS, backend, MODEL)
    envs.reset(seed=0)
    random = np.random.default_rng(0)
    ticks = given.steps // ARMS
    before: dict[str, float] = {}
    envs.step(np.zeros((ARMS, 7)))
    began_ns, answered = backend.stamp_ns, backend.answered
    began = time.perf_counter()
    for tick in tqdm(range(ticks), unit="step", unit_scale=ARMS, mininterval=1.0):
        if tick == ticks // 10:
            before = {name: resident(pid) for name, pid in processes.items()}
        envs.step(random.uniform(-1, 1, (ARMS, 7)))
    seconds = time.perf_counter() - began
    after = {name: resident(pid) for name, pid in processes.items()}
    periods = (backend.stamp_ns - began_ns) / round(backend.control_period * 1e9)
    envs.close()
    print(f"{ticks * ARMS:,} arm-steps in {seconds:.0f} s, {ticks * ARMS / seconds:,.0f} a second")
    print(f"ticks lost or doubled: {periods - (backend.answered - answered):g}")
    print("| resident memory (MiB) | after a tenth | at the end | growth |")
    print("| --- | --- | --- | --- |")
    for name, first in before.items():
        last = after[name]
        print(f"| {name} | {first:.1f} | {last:.1f} | {last / first - 1:.1%} |")


if __name__ == "__main__":
    main()
