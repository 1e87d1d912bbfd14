"""A deployed trial is measured as the task measures an episode, and written as one row."""

from collections.abc import Callable

import numpy as np
import pytest

from arm_sim.robot.robot import Robot
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.evaluation.trials import (
    Trial,
    TrialMeasurement,
    success_of,
    time_to_reach,
    trials_csv,
    trials_summary,
)
from arm_trainer.tasks.reach import Reach, ReachConfig
from arm_trainer.tasks.task import TaskState

TARGET = np.array([0.7, 0.1, 0.9])
PERIOD = 0.05
BEGAN = 10**18  # The first stamp, ns.
IN, OUT = np.array([0.719, 0.1, 0.9]), np.array([1.0, 0.1, 0.9])
TRIALS = [
    Trial(TARGET, True, 1.5, {"distance": 0.0123}),
    Trial(TARGET, False, 5.0, {"distance": 0.25}),
    Trial(TARGET, True, 2.0, {"distance": 0.01}),
]


Measure = Callable[..., Trial | None]


@pytest.fixture
def measure(robot: Robot) -> Measure:
    interface = PolicyInterface(Reach(robot, ReachConfig(hold_periods=3, max_periods=10)))

    def run(tools: list[np.ndarray], state_period: float = PERIOD) -> Trial | None:
        """The result for a tool that is in one place after the other, one for each state."""
        measurement = TrialMeasurement(interface, TARGET, BEGAN)
        home, still = robot.home[None], np.zeros((1, len(robot.home)))
        for i, tool in enumerate(tools):
            state = TaskState(home, still, tool[None], TARGET[None], home[:, robot.arm])
            if trial := measurement.update(BEGAN + round(i * state_period * 1e9), state):
                assert i == len(tools) - 1, "it ended too early"
                return trial
        return None

    return run


def test_a_target_that_is_held_is_a_success(measure: Measure) -> None:
    trial = measure([OUT, IN, IN, OUT, IN, IN, IN])
    assert trial is not None and trial.success
    assert trial.seconds == pytest.approx(6 * PERIOD)
    assert trial.metrics["distance"] == pytest.approx(0.019)
    np.testing.assert_array_equal(trial.target, TARGET)


def test_a_target_that_is_not_held_in_time_is_none(measure: Measure) -> None:
    assert measure(10 * [OUT]) is None
    trial = measure(10 * [OUT] + [IN])
    assert trial is not None and not trial.success
    assert trial.seconds == pytest.approx(10 * PERIOD)


def test_states_within_a_control_period_are_not_counted(measure: Measure) -> None:
    assert measure(9 * [IN], state_period=PERIOD / 5) is None
    assert measure(11 * [IN], state_period=PERIOD / 5) is not None


def test_rates_and_times_are_those_of_the_trials() -> None:
    assert success_of(TRIALS).rate == pytest.approx(2 / 3)
    assert time_to_reach(TRIALS) == "1.75 s"
    assert time_to_reach(TRIALS[1:2]) == "–"


def test_the_summary_ends_with_the_controllers_report() -> None:
    rows = dict(trials_summary(TRIALS, {"holds": "2"}))
    assert rows["success (95 % interval)"].endswith(" of 3")
    assert rows["time to reach"] == "1.75 s"
    assert rows["final distance, median"] == "12.3 mm"
    assert list(rows)[-1] == "controller: holds" and rows["controller: holds"] == "2"


def test_the_csv_has_a_row_for_each_trial() -> None:
    assert trials_csv(TRIALS[:2]) == (
        "target,success,time,final_distance,target_x,target_y,target_z\n"
        "0,1,1.500000,0.012300,0.700000,0.100000,0.900000\n"
        "1,0,5.000000,0.250000,0.700000,0.100000,0.900000\n"
    )
