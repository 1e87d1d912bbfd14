"""Trials of a deployed policy: one target each, measured from joint states; no ROS.

Success is judged as in training: once per control period, by the joint states' stamps.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from arm_sim.common.arrays import Floats
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.evaluation.judgement import FROM_FRESH_STARTS, Judgement
from arm_trainer.evaluation.outcomes import metric_text
from arm_trainer.evaluation.statistics import Interval
from arm_trainer.tasks.hold_counter import HoldCounter
from arm_trainer.tasks.task import TaskState

# Beginnings of the names of the controller's diagnostics that are printed.
_SHOWN = ("jitter", "inference", "holds", "late actions")


@dataclass(frozen=True)
class Trial:
    """Result for one target.

    Attributes:
        target: (3,) its position, m.
        success: Whether the task's goal was achieved and held.
        seconds: Time until success or until the time limit, by the states' stamps, s.
        metrics: The task's figures at the end that are lengths.
    """

    target: Floats
    success: bool
    seconds: float
    metrics: dict[str, float]


class TrialMeasurement:
    """Measures one trial, from the first joint state that shows the target at its new position.

    Example: `while (trial := measurement.update(stamp_ns, state)) is None: …`
    """

    def __init__(self, interface: PolicyInterface, target: Floats, stamp_ns: int) -> None:
        """Starts at a state's stamp.

        Args:
            interface: Its task defines success and the time limit.
            target: (3,) the target's position, m.
            stamp_ns: Stamp of the first state, ns.
        """
        config = interface.task.config
        self._task = interface.task
        self._target = target
        self._time_limit = config.max_periods * interface.control_period
        self._period_ns = round(interface.control_period * 1e9)
        self._began = self._due = stamp_ns
        self._hold = HoldCounter(config.hold_periods, 1)

    def update(self, stamp_ns: int, state: TaskState) -> Trial | None:
        """Takes a state, and returns the trial's result once it is over.

        Args:
            stamp_ns: The state's stamp, ns. Only the first state of a control period counts.
            state: The state of the one arm.
        """
        if stamp_ns < self._due:
            return None
        self._due += self._period_ns
        success = bool(self._hold.update(self._task.achieved(state))[0])
        seconds = (stamp_ns - self._began) / 1e9
        if success or seconds >= self._time_limit:
            # Lengths only: other figures may depend on the position targets of a deployed arm,
            # which nobody else knows.
            figures = self._task.metrics(state).items()
            metrics = {k: float(v[0]) for k, v in figures if k.endswith("distance")}
            return Trial(self._target, success, seconds, metrics)
        return None


def judge_trials(trials: Sequence[Trial], training: Mapping[str, Any]) -> Judgement:
    """Judges the trials of one deployed arm, in the order in which it did them.

    Args:
        trials: The trials.
        training: What the policy's bundle says of its training, success from fresh starts included.
    """
    rows = [np.array([trial.success for trial in trials], bool)]
    rates = [training.get(f"{FROM_FRESH_STARTS}{end}") for end in ("", "_lower", "_upper")]
    known = [rate for rate in rates if isinstance(rate, float)]
    count = training.get("targets_from_fresh_starts")
    if len(known) < len(rates) or not isinstance(count, int):
        return Judgement(rows)
    return Judgement(rows, Interval(*known), count)


def time_to_reach(trials: Sequence[Trial]) -> str:
    """Returns the mean time of the successful trials as text; a dash if there are none."""
    seconds = [trial.seconds for trial in trials if trial.success]
    return f"{sum(seconds) / len(seconds):.2f} s" if seconds else "–"


def trial_details(trials: Sequence[Trial], report: Mapping[str, str]) -> str:
    """Returns the time to reach, the task's figures and the controller's report, as one line.

    Args:
        trials: At least one trial.
        report: The controller's last diagnostics: timings of the last second, and total counts.
    """
    parts = [f"time to reach {time_to_reach(trials)}"]
    for name in trials[0].metrics:
        median = float(np.median([trial.metrics[name] for trial in trials]))
        parts.append(f"final {name}, median {metric_text(name, median)}")
    shown = [f"{key} {value}" for key, value in report.items() if key.startswith(_SHOWN)]
    return "; ".join(parts) + (f"; controller: {'; '.join(shown)}" if shown else "")


def trials_csv(trials: Sequence[Trial]) -> str:
    """Returns a CSV file with one row for each trial."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    metrics = [f"final_{name}" for name in (trials[0].metrics if trials else ())]
    writer.writerow(["target", "success", "time", *metrics, "target_x", "target_y", "target_z"])
    for i, trial in enumerate(trials):
        values = (trial.seconds, *trial.metrics.values(), *trial.target)
        numbers = (f"{value:.6f}" for value in values)
        writer.writerow([i, int(trial.success), *numbers])
    return file.getvalue()
