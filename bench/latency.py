"""What late observations do to a policy, trained without and with latencies drawn at random.

    source scripts/activate.sh && python bench/latency.py --picture docs/results/latency.png

Trains PPO both ways in-process (bit-equal to training over ROS) and prints success by latency.
"""

import argparse
import dataclasses
import tempfile
from pathlib import Path

from arm_sim.robot.loader import load_robot
from arm_trainer.backends.in_process import InProcessBackend
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.evaluation.plots import draw_latencies
from arm_trainer.evaluation.rollout import run_episodes
from arm_trainer.evaluation.statistics import Interval
from arm_trainer.policies.bundle import Policy
from arm_trainer.tasks.reach import Reach
from arm_trainer.training.config import load_settings
from arm_trainer.training.run_folder import RunFolder
from arm_trainer.training.trainer import train

LATENCIES = (0.0, 0.025, 0.05, 0.1, 0.15, 0.2)
TRAINED_WITH = 0.15
EPISODES = 500


def curve(latency: float, steps: int) -> list[tuple[float, Interval]]:
    """Success at each latency of a policy trained with latencies up to the one given, s."""
    settings = load_settings("PPO", steps=steps, reach={"latency": latency})
    with tempfile.TemporaryDirectory() as folder:
        run = RunFolder.create(Path(folder), "bench", "ppo")

        def arms(interface: PolicyInterface, count: int = settings.num_arms) -> InProcessBackend:
            return InProcessBackend(interface.robot, count, interface.control_period)

        train(settings, run, arms, show=lambda line: None)
        policy = Policy(run.bundle)
    interface = PolicyInterface(
        Reach(load_robot(), dataclasses.replace(settings.reach, latency=0.0))
    )
    points = []
    for late in LATENCIES:
        episodes = BatchEnv(interface, arms(interface, 100), (late, late))
        points.append((late, run_episodes(episodes, policy.act, EPISODES).interval))
    return points


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--picture", type=Path)
    given = parser.parse_args()
    curves = {
        "trained without latency": curve(0.0, given.steps),
        f"trained with 0 to {1000 * TRAINED_WITH:.0f} ms": curve(TRAINED_WITH, given.steps),
    }
    print("| latency | " + " | ".join(curves) + " |")
    print("| --- |" + " --- |" * len(curves))
    for row in zip(*curves.values(), strict=True):
        print(f"| {1000 * row[0][0]:.0f} ms | " + " | ".join(str(i) for _, i in row) + " |")
    if given.picture:
        draw_latencies(curves, given.picture)


if __name__ == "__main__":
    main()
