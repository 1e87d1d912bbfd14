"""Success in a row with late observations, of policies trained without and with latencies.

    source scripts/activate.sh && python bench/latency.py --picture docs/results/latency.png

Trains PPO both ways in-process (bit-equal to training over ROS) and prints success by latency.
"""

import argparse
import dataclasses
from pathlib import Path

from common import in_process, print_header, print_row, reach_interface, trained

from arm_trainer.cli.process_setup import set_up_torch_process
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.evaluation.judgement import arms_for
from arm_trainer.evaluation.plots import draw_latencies
from arm_trainer.evaluation.rollout import run_episodes
from arm_trainer.evaluation.statistics import Interval
from arm_trainer.training.config import load_settings

LATENCIES = (0.0, 0.025, 0.05, 0.1, 0.15, 0.2)  # Evaluated, s.
LARGEST_TRAINED = 0.15  # s
TARGETS = 500


def success_by_latency(largest_latency: float, steps: int) -> list[tuple[float, Interval]]:
    """Returns latencies, s, and success in a row of a policy trained with up to this one, s."""
    settings = load_settings("PPO", steps=steps, reach={"latency": largest_latency})
    with trained(settings, in_process) as (_, policy):
        interface = reach_interface(dataclasses.replace(settings.task_config, latency=0.0))
        points = []
        for latency in LATENCIES:
            backend = in_process(interface, arms_for(TARGETS))
            env = BatchEnv(interface, backend, (latency, latency))
            outcomes = run_episodes(env, policy.act, TARGETS, in_a_row=True)
            points.append((latency, outcomes.interval))
        return points


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--picture", type=Path)
    options = parser.parse_args()
    set_up_torch_process()
    curves = {
        "trained without latency": success_by_latency(0.0, options.steps),
        f"trained with 0 to {1000 * LARGEST_TRAINED:.0f} ms": success_by_latency(
            LARGEST_TRAINED, options.steps
        ),
    }
    print_header("latency", *curves)
    for row in zip(*curves.values(), strict=True):
        print_row([f"{1000 * row[0][0]:.0f} ms", *(interval for _, interval in row)])
    if options.picture:
        draw_latencies(curves, options.picture)


if __name__ == "__main__":
    main()
