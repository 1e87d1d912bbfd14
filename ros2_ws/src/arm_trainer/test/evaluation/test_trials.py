"""A deployed trial is measured as the task measures an episode, and written as one row."""

from collections.abc import Callable

import numpy as np
import pytest

from arm_sim.robot.robot import Robot
from arm_trainer.envs.policy_interface import PolicyInterface
from arm_trainer.evaluation.trials import (
    Trial,
    TrialMeasurement,
    judge_trials,
    time_to_reach,
    trial_details,
    trials_csv,
)
from arm_trainer.tasks.reach import Reach, ReachConfig
from support.states import task_state

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
        for i, tool in enumerate(tools):
            state = task_state(robot, robot.home[None], tool=tool[None], goal=TARGET[None])
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
    assert judge_trials(TRIALS, {}).in_a_row.rate == pytest.approx(2 / 3)
    assert time_to_reach(TRIALS) == "1.75 s"
    assert time_to_reach(TRIALS[1:2]) == "–"


def test_the_details_are_one_line_with_the_controllers_timing() -> None:
    report = {"holds": "2", "shield: position limit": "7", "jitter: mean, p99, max (ms)": "1, 2, 3"}
    assert trial_details(TRIALS, report) == (
        "time to reach 1.75 s; final distance, median 12.3 mm; "
        "controller: holds 2; jitter: mean, p99, max (ms) 1, 2, 3"
    )


def test_fresh_starts_are_those_of_the_bundle() -> None:
    training = {"targets_from_fresh_starts": 200} | {
        f"success_from_fresh_starts{end}": rate
        for end, rate in (("", 0.99), ("_lower", 0.96), ("_upper", 1.0))
    }
    failing = 10 * TRIALS[:1] + 20 * TRIALS[1:2]
    assert judge_trials(failing, training).gets_lost
    older = judge_trials(failing, {"success": 0.99})
    assert older.fresh is None and not older.gets_lost and len(older.lines()) == 1


def test_the_csv_has_a_row_for_each_trial() -> None:
    assert trials_csv(TRIALS[:2]) == (
        "target,success,time,final_distance,target_x,target_y,target_z\n"
        "0,1,1.500000,0.012300,0.700000,0.100000,0.900000\n"
        "1,0,5.000000,0.250000,0.700000,0.100000,0.900000\n"
    )
