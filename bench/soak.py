"""Two million steps over ROS: does memory grow, and is any control period lost or repeated?

    source scripts/activate.sh && python bench/soak.py

16 arms with random actions, resets included. The resident memory of both processes is read after
the first tenth and at the end. The simulation time must have advanced by exactly one control period
for every command and every reset.
"""

import argparse
import os
import time
from pathlib import Path

import numpy as np
from common import MODEL, print_header, print_row, reach_interface, sim_config
from tqdm import tqdm

from arm_sim.common.arrays import Floats, Ints
from arm_trainer.backends.backend import BatchState
from arm_trainer.envs.vector_env import ArmVectorEnv
from arm_trainer.ros.managed_simulator import ManagedSimulatorBackend
from arm_trainer.tasks.start import Start

ARMS = 16


class CountingBackend(ManagedSimulatorBackend):
    """Counts the commands and resets sent; each advances the simulation by one control period.

    Attributes:
        sent: Number of messages sent.
        answered: Value of `sent` at the last state.
        stamp_ns: Simulation time of the last state, ns.
    """

    sent = answered = stamp_ns = 0

    def reset(self, arms: Ints, starts: Start) -> BatchState:
        """Counts a reset, of objects and of joints."""
        self.sent += 2
        return super().reset(arms, starts)

    def step(self, commands: Floats) -> BatchState:
        """Counts a command, and keeps the stamp of the state that answers it."""
        self.sent += 1
        state = super().step(commands)
        self.stamp_ns, self.answered = state.stamp_ns, self.sent
        return state


def resident_memory(pid: int) -> float:
    """Returns the resident memory of a process, MiB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=2_000_000, help="over all arms")
    ticks = parser.parse_args().steps // ARMS
    interface = reach_interface()
    backend = CountingBackend(interface.robot, sim_config(interface, ARMS))
    processes = {"trainer": os.getpid(), "simulator": backend.process.process.pid}
    envs = ArmVectorEnv(ARMS, backend=backend, model=MODEL)
    envs.reset(seed=0)
    random = np.random.default_rng(0)
    actions = envs.action_space.shape
    early: dict[str, float] = {}
    envs.step(np.zeros(actions))
    first_stamp_ns, first_answered = backend.stamp_ns, backend.answered
    began = time.perf_counter()
    for tick in tqdm(range(ticks), unit="step", unit_scale=ARMS, mininterval=1.0):
        if tick == ticks // 10:
            early = {name: resident_memory(pid) for name, pid in processes.items()}
        envs.step(random.uniform(-1, 1, actions))
    seconds = time.perf_counter() - began
    late = {name: resident_memory(pid) for name, pid in processes.items()}
    periods = (backend.stamp_ns - first_stamp_ns) / round(backend.control_period * 1e9)
    messages = backend.answered - first_answered
    envs.close()
    steps = ticks * ARMS
    print(f"{steps:,} arm-steps in {seconds:.0f} s, {steps / seconds:,.0f} per second")
    print(f"control periods lost or repeated: {periods - messages:g}")
    print_header("resident memory (MiB)", "after a tenth", "at the end", "growth")
    for name, before in early.items():
        after = late[name]
        print_row([name, f"{before:.1f}", f"{after:.1f}", f"{after / before - 1:.1%}"])


if __name__ == "__main__":
    main()
