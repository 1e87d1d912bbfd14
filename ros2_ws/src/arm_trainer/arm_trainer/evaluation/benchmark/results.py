"""Results of benchmark jobs."""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from arm_sim.common.atomic_files import write_text

# Number of evaluations at the end of a run whose spread is reported.
LAST_EVALUATIONS = 5
# Success rate whose first time is reported: the "90 %" of the report's table.
_GOAL = 0.9


@dataclass(frozen=True)
class JobResult:
    """Result of a job.

    Attributes:
        algorithm: Name of the algorithm.
        seed: The seed.
        run: The run folder.
        wall_seconds: Wall time of the `train` command.
        success_in_a_row: Success in a row in the final evaluation.
        targets: Targets of the final evaluation.
        independent_targets: To how many independent ones they amount; see `independent_trials`.
        success_from_fresh_starts: Success from fresh starts, of as many targets.
        gets_lost: Whether success in a row is well below that from fresh starts.
        time_to_reach: Mean seconds to success in the final evaluation; NaN without success.
        steps: Steps at each evaluation during training.
        seconds: Seconds from the start of training to each of these evaluations.
        evaluations: Success in a row in each of these evaluations.
        policy_bytes: Size of the exported network.
    """

    algorithm: str
    seed: int
    run: str
    wall_seconds: float
    success_in_a_row: float
    targets: int
    independent_targets: float
    success_from_fresh_starts: float
    gets_lost: bool
    time_to_reach: float
    steps: list[int]
    seconds: list[float]
    evaluations: list[float]
    policy_bytes: int

    @property
    def steps_to_goal(self) -> float:
        """Steps until an evaluation had 90 % success in a row; infinite if none had."""
        return self._at_goal(self.steps)

    @property
    def seconds_to_goal(self) -> float:
        """Seconds until an evaluation had 90 % success in a row; infinite if none had."""
        return self._at_goal(self.seconds)

    def _at_goal(self, values: Sequence[float]) -> float:
        reached = (v for v, rate in zip(values, self.evaluations, strict=True) if rate >= _GOAL)
        return next(reached, math.inf)

    @property
    def spread(self) -> float:
        """Standard deviation of the success in a row of the last evaluations."""
        return float(np.std(self.evaluations[-LAST_EVALUATIONS:]))


def save_results(results: Iterable[JobResult], file: Path) -> None:
    """Writes results as JSON, from which a report can be made again."""
    write_text(file, json.dumps([asdict(result) for result in results], indent=1) + "\n")
