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
        successes: Successful episodes of the final evaluation.
        episodes: Episodes of the final evaluation.
        time_to_reach: Mean seconds to success in the final evaluation; NaN without success.
        steps: Steps at each evaluation during training.
        seconds: Seconds from the start of training to each of these evaluations.
        success: Success rate in each of these evaluations.
        policy_bytes: Size of the exported network.
    """

    algorithm: str
    seed: int
    run: str
    wall_seconds: float
    successes: int
    episodes: int
    time_to_reach: float
    steps: list[int]
    seconds: list[float]
    success: list[float]
    policy_bytes: int

    @property
    def rate(self) -> float:
        """Success rate of the final evaluation."""
        return self.successes / self.episodes

    @property
    def steps_to_goal(self) -> float:
        """Steps until an evaluation had 90 % success; infinite if none had."""
        return self._at_goal(self.steps)

    @property
    def seconds_to_goal(self) -> float:
        """Seconds until an evaluation had 90 % success; infinite if none had."""
        return self._at_goal(self.seconds)

    def _at_goal(self, values: Sequence[float]) -> float:
        reached = (v for v, rate in zip(values, self.success, strict=True) if rate >= _GOAL)
        return next(reached, math.inf)

    @property
    def spread(self) -> float:
        """Standard deviation of the success rates of the last evaluations."""
        return float(np.std(self.success[-LAST_EVALUATIONS:]))


def save_results(results: Iterable[JobResult], file: Path) -> None:
    """Writes results as JSON, from which a report can be made again."""
    write_text(file, json.dumps([asdict(result) for result in results], indent=1) + "\n")
