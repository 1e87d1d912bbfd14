"""Duration of a training over ROS and in-process, alternating in one run.

    make bench                                      # PPO and A2C, 100,000 steps, three rounds
    source scripts/activate.sh && python bench/training_over_ros.py --steps 20000 --rounds 1

Prints a table, the ratio first. The shortest training of each kind counts, because other processes
can only make one longer. Absolute times change with the machine; the ratio is stable.
"""

import argparse

from common import MakeBackend, in_process, over_ros, print_header, print_row, trained

from arm_trainer.cli.process_setup import set_up_torch_process
from arm_trainer.training.config import TrainingSettings, load_settings


def measure(settings: TrainingSettings, make_backend: MakeBackend) -> tuple[float, float]:
    """Returns the seconds of one training, and success in a row at its end."""
    with trained(settings, make_backend) as (result, _):
        assert result.judgement is not None
        return result.seconds, result.judgement.in_a_row.rate


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--algorithms", default="ppo,a2c")
    options = parser.parse_args()
    set_up_torch_process()
    print_header("algorithm", "over ROS / in-process", "over ROS", "in-process", "equal success")
    for algorithm in options.algorithms.split(","):
        settings = load_settings(algorithm, steps=options.steps)
        results = [
            [measure(settings, make_backend) for make_backend in (over_ros, in_process)]
            for _ in range(options.rounds)
        ]
        ros, local = (
            min(seconds for seconds, _ in column) for column in zip(*results, strict=True)
        )
        rates = {rate for pair in results for _, rate in pair}
        equal = f"{'yes' if len(rates) == 1 else 'no'}: {', '.join(f'{r:.1%}' for r in rates)}"
        name = f"{algorithm.upper()}, {options.steps:,} steps, {settings.num_arms} arms"
        print_row([name, f"{ros / local:.2f}", f"{ros:.1f} s", f"{local:.1f} s", equal])


if __name__ == "__main__":
    main()
