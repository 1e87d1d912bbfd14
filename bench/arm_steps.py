"""How many steps a second do N arms make, over ROS and in-process? The whole environment counts.

    source scripts/activate.sh && python bench/arm_steps.py --arms 16 --seeing-arms 16

One table of states alone, one with three cameras of 64×64 px each.

Random actions, resets included; over ROS the simulator is another process. Both take turns in one
run and the best turn of each counts, as other processes can only slow one down: absolute figures
drift with the machine, the ratio travels. `--plot FILE` draws what a step costs without cameras.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from arm_sim.rendering.software_rendering import render_on_calling_thread
from arm_sim.robot.loader import load_robot
from arm_trainer.backends.backend import Backend
from arm_trainer.backends.camera_views import Views
from arm_trainer.backends.in_process import InProcessBackend
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.envs.vector_env import ArmVectorEnv
from arm_trainer.ros.managed_simulator import ManagedSimulatorBackend
from arm_trainer.tasks.reach import Reach

MODEL = "fetch_arm"
VIEWS = Views(("front_camera", "side_camera", "top_camera"), size=64, stack=4)
MakeBackend = Callable[[PolicyInterface, int, Views | None], Backend]
ROUNDS, SECONDS, WARM_UP = 12, 0.5, 20


def in_process(interface: PolicyInterface, arms: int, views: Views | None) -> Backend:
    """Arms in this process."""
    return InProcessBackend(interface.robot, arms, interface.control_period, views=views)


def over_ros(interface: PolicyInterface, arms: int, views: Views | None) -> Backend:
    """Arms in a simulator of their own."""
    return ManagedSimulatorBackend(interface, MODEL, arms, views=views)


class Trial:
    """One environment with random actions."""

    def __init__(self, make: MakeBackend, arms: int, views: Views | None) -> None:
        backend = make(PolicyInterface(Reach(load_robot(MODEL))), arms, views)
        self.envs = ArmVectorEnv(arms, backend, MODEL, views=views)
        self.envs.reset(seed=0)
        self.actions = np.random.default_rng(0).uniform(-1, 1, (64, arms, 7)).astype(np.float32)
        self.best = 0.0
        for actions in self.actions[:WARM_UP]:
            self.envs.step(actions)

    def turn(self) -> None:
        """Steps for a while; `best` is in arm-steps/s."""
        steps, began = 0, time.perf_counter()
        while (seconds := time.perf_counter() - began) < SECONDS:
            self.envs.step(self.actions[steps % len(self.actions)])
            steps += 1
        self.best = max(self.best, steps * self.envs.num_envs / seconds)


def measure(arms: int, views: Views | None) -> tuple[float, float]:
    """Arm-steps/s over ROS and in-process."""
    trials = Trial(over_ros, arms, views), Trial(in_process, arms, views)
    for _ in range(ROUNDS):
        for trial in trials:
            trial.turn()
    for trial in trials:
        trial.envs.close()
    return trials[0].best, trials[1].best


def table(title: str, arms: list[int], views: Views | None) -> list[tuple[int, float, float]]:
    """Measures and prints; returns arms, and arm-steps/s over ROS and in-process."""
    rows = []
    print(f"| arms, {title} | over ROS / in-process | over ROS (arm-steps/s) | in-process |")
    print("| --- | --- | --- | --- |", flush=True)
    for count in arms:
        ros, own = measure(count, views)
        rows.append((count, ros, own))
        print(f"| {count} | {ros / own:.2f} | {ros:,.0f} | {own:,.0f} |", flush=True)
    print()
    return rows


def draw(file: Path, rows: list[tuple[int, float, float]]) -> None:
    """Plots microseconds a step of one arm."""
    figure, axes = plt.subplots(figsize=(6, 4), constrained_layout=True)
    arms, ros, own = (np.array(column) for column in zip(*rows, strict=True))
    axes.loglog(arms, 1e6 / ros, "o-", label="over ROS")
    axes.loglog(arms, 1e6 / own, "o-", label="in-process")
    axes.set(xlabel="arms in one message", ylabel="cost of a step of one arm (µs)")
    axes.set_xticks(arms, [str(n) for n in arms])
    axes.legend()
    axes.grid(True, which="both", alpha=0.3)
    figure.savefig(file, dpi=120)


def main() -> None:
    """Runs the benchmark."""
    render_on_calling_thread()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--arms", default="1,4,16,64,256")
    parser.add_argument("--seeing-arms", default="1,16")
    parser.add_argument("--plot", type=Path)
    given = parser.parse_args()
    counts, seeing = (
        [int(n) for n in text.split(",") if n] for text in (given.arms, given.seeing_arms)
    )
    rows = table("states alone", counts, None)
    if seeing:
        table("three cameras", seeing, VIEWS)
    if given.plot:
        draw(given.plot, rows)


if __name__ == "__main__":
    main()
