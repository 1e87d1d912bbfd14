"""Success in a row of policies, by part of the row: whether it falls with the number of targets.

    source scripts/activate.sh && python bench/target_to_target.py logs/fetch_arm/ppo_…

In-process, 20 arms, 100 unseen targets each, and as many from fresh starts. `evaluate RUN
--episodes 2000` gives the same figures over ROS, without the parts of the row.
"""

import argparse
from pathlib import Path

import numpy as np
from common import MODEL, in_process, print_header, print_row

from arm_sim.common.errors import UserError
from arm_sim.scene.loader import load_robot
from arm_trainer.envs.batch_env import BatchEnv
from arm_trainer.evaluation.judgement import TARGETS_IN_A_ROW, Judgement, judge
from arm_trainer.policies.bundle import Policy
from arm_trainer.policies.bundle_files import find_bundle

ARMS, COLUMNS = 20, 5


def judgement_of(run: Path, model: str) -> Judgement:
    """Returns the judgement of a run's policy.

    Raises:
        UserError: If `run` is no policy, or one for another robot.
    """
    policy = Policy(find_bundle(run))
    interface = policy.interface_for(load_robot(model))
    backend = in_process(interface, ARMS, policy.views)
    env = BatchEnv(interface, backend, (0.0, 0.0), policy.views)
    judgement, _ = judge(env, policy.act, ARMS * TARGETS_IN_A_ROW)
    backend.close()
    return judgement


def print_table(runs: list[Path], model: str) -> None:
    """Prints a row for each run; raises as `judgement_of`."""
    size = TARGETS_IN_A_ROW // COLUMNS
    spans = (f"{first + 1}–{first + size}" for first in range(0, TARGETS_IN_A_ROW, size))
    print_header("targets", *spans, "in a row", "from fresh starts", "gets lost")
    for run in runs:
        found = judgement_of(run, model)
        rates = np.stack(found.rows).reshape(ARMS, COLUMNS, size).mean(axis=(0, 2))
        lost = "yes" if found.gets_lost else "no"
        parts = (f"{rate:.1%}" for rate in rates)
        print_row([run.name, *parts, found.in_a_row, found.fresh, lost])


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", type=Path, nargs="+", help="run folders or policy bundles")
    parser.add_argument("--model", default=MODEL)
    options = parser.parse_args()
    try:
        print_table(options.runs, options.model)
    except UserError as error:
        parser.exit(2, f"{parser.prog}: {error}\n")


if __name__ == "__main__":
    main()
