"""Arm-steps per second of N arms, over ROS and in-process.

    source scripts/activate.sh && python bench/arm_steps.py --arms 16 --seeing-arms 16
    source scripts/activate.sh && python bench/arm_steps.py --task lift --arms 16 --seeing-arms ""

Prints one table without cameras and one with three cameras of 64×64 px each. `--plot FILE` draws
the time per step without cameras.

The whole environment is measured, with random actions and resets; over ROS, the simulator is in
another process. Both alternate, and the fastest turn of each counts, as other processes can only
slow a turn down. Ratios are more stable than absolute figures.
"""

import argparse
import time
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from common import (
    MODEL,
    MakeBackend,
    in_process,
    over_ros,
    print_header,
    print_row,
    task_interface,
    whole_numbers,
)

from arm_sim.rendering.software_rendering import render_on_calling_thread
from arm_trainer.backends.camera_views import Views
from arm_trainer.envs.vector_env import ArmVectorEnv

VIEWS = Views(("front_camera", "side_camera", "top_camera"), size=64, stack=4)
TURNS, SECONDS_PER_TURN, WARM_UP_STEPS = 12, 0.5, 20


class Measurement:
    """One environment that is stepped with random actions.

    Attributes:
        best: Arm-steps per second of the fastest turn.
    """

    def __init__(
        self, make_backend: MakeBackend, task: str, arms: int, views: Views | None
    ) -> None:
        """Makes the environment and warms it up."""
        backend = make_backend(task_interface(task), arms, views)
        self.envs = ArmVectorEnv(arms, task=task, backend=backend, model=MODEL, views=views)
        self.envs.reset(seed=0)
        shape = (64, *self.envs.action_space.shape)
        self.actions = np.random.default_rng(0).uniform(-1, 1, shape).astype(np.float32)
        self.best = 0.0
        for actions in self.actions[:WARM_UP_STEPS]:
            self.envs.step(actions)

    def run_turn(self) -> None:
        """Steps for `SECONDS_PER_TURN` and updates `best`."""
        steps, began = 0, time.perf_counter()
        while (seconds := time.perf_counter() - began) < SECONDS_PER_TURN:
            self.envs.step(self.actions[steps % len(self.actions)])
            steps += 1
        self.best = max(self.best, steps * self.envs.num_envs / seconds)


def measure(task: str, arms: int, views: Views | None) -> tuple[float, float]:
    """Returns arm-steps per second over ROS and in-process."""
    both = [Measurement(make, task, arms, views) for make in (over_ros, in_process)]
    for turn in range(2 * TURNS):
        both[turn % 2].run_turn()
    for measurement in both:
        measurement.envs.close()
    return both[0].best, both[1].best


def print_table(
    task: str, title: str, arm_counts: list[int], views: Views | None
) -> list[tuple[int, float, float]]:
    """Measures and prints; returns arms, and arm-steps per second over ROS and in-process."""
    rows = []
    print_header(
        f"arms, {task}, {title}", "over ROS / in-process", "over ROS (arm-steps/s)", "in-process"
    )
    for arms in arm_counts:
        ros, local = measure(task, arms, views)
        rows.append((arms, ros, local))
        print_row([arms, f"{ros / local:.2f}", f"{ros:,.0f}", f"{local:,.0f}"])
    print()
    return rows


def plot_step_time(file: Path, rows: list[tuple[int, float, float]]) -> None:
    """Plots the time per step of one arm, µs, over the number of arms."""
    figure, axes = plt.subplots(figsize=(6, 4), constrained_layout=True)
    arms, ros, local = (np.array(column) for column in zip(*rows, strict=True))
    axes.loglog(arms, 1e6 / ros, "o-", label="over ROS")
    axes.loglog(arms, 1e6 / local, "o-", label="in-process")
    axes.set(xlabel="arms in one message", ylabel="time per step of one arm (µs)")
    axes.set_xticks(arms, [str(n) for n in arms])
    axes.legend()
    axes.grid(True, which="both", alpha=0.3)
    figure.savefig(file, dpi=120)


def main() -> None:
    """Runs the benchmark."""
    render_on_calling_thread()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--task", default="reach", help="default: %(default)s")
    parser.add_argument(
        "--arms",
        type=whole_numbers,
        default="1,4,16,64,256",
        help="numbers of arms without cameras (default: %(default)s)",
    )
    parser.add_argument(
        "--seeing-arms",
        type=whole_numbers,
        default="1,16",
        dest="camera_arms",
        help="numbers of arms with cameras; empty for none (default: %(default)s)",
    )
    parser.add_argument("--plot", type=Path, help="picture to draw, without cameras")
    options = parser.parse_args()
    rows = print_table(options.task, "states only", options.arms, None)
    if options.camera_arms:
        print_table(options.task, "three cameras", options.camera_arms, VIEWS)
    if options.plot:
        plot_step_time(options.plot, rows)


if __name__ == "__main__":
    main()
