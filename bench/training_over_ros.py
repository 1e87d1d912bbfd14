"""How much longer does training over ROS take than in-process? Both in one run, alternating.

    make bench                                      # PPO and A2C, 100,000 steps, three rounds
    source scripts/activate.sh && python bench/training_over_ros.py --steps 20000 --rounds 1

Prints a table, ratio first. The shortest of each counts, as other processes can only make one
longer. Absolute times drift with the machine; the ratio travels.
"""

import argparse
import tempfile
from pathlib import Path

from arm_trainer.backends.backend import Backend
from arm_trainer.backends.in_process import InProcessBackend
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.ros.managed_simulator import ManagedSimulatorBackend
from arm_trainer.training.config import TrainingSettings, load_settings
from arm_trainer.training.run_folder import RunFolder
from arm_trainer.training.trainer import train


def seconds(settings: TrainingSettings, over_ros: bool) -> tuple[float, float]:
    """Wall time of one training, s, and its success at the end."""

    def make(interface: PolicyInterface) -> Backend:
        if over_ros:
            return ManagedSimulatorBackend(interface, settings.model, settings.num_arms)
        return InProcessBackend(interface.robot, settings.num_arms, interface.control_period)

    with tempfile.TemporaryDirectory() as folder:
        run = RunFolder.create(Path(folder), "bench", settings.algorithm)
        result = train(settings, run, make, show=lambda line: None)
        return result.seconds, result.outcomes.interval.rate


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--algorithms", default="ppo,a2c")
    given = parser.parse_args()
    lines = ["| algorithm | over ROS / in-process | over ROS | in-process | success alike |"]
    lines += ["| --- | --- | --- | --- | --- |"]
    for algorithm in given.algorithms.split(","):
        settings = load_settings(algorithm, steps=given.steps)
        runs = {True: [], False: []}
        for _ in range(given.rounds):
            for over_ros in (True, False):
                runs[over_ros].append(seconds(settings, over_ros))
        ros, own = (min(t for t, _ in runs[key]) for key in (True, False))
        alike = {rate for both in runs.values() for _, rate in both}
        lines.append(
            f"| {algorithm.upper()}, {given.steps:,} steps, {settings.num_arms} arms "
            f"| {ros / own:.2f} | {ros:.1f} s | {own:.1f} s "
            f"| {'yes' if len(alike) == 1 else 'no'}: {', '.join(f'{r:.1%}' for r in alike)} |"
        )
    print("\n".join(lines))


if __name__ == "__main__":
    main()
