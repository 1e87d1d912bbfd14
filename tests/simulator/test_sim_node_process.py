"""How the simulator's process ends: on signals, and when a parameter is wrong."""

import signal
from pathlib import Path

import pytest

from support.command_lines import Result, ros_parameters, run_command_lines
from support.processes import Start

WRONG: list[tuple[dict[str, object], str]] = [
    ({"mode": "fast"}, "'mode' is 'fast': Input should be 'realtime' or 'lockstep'"),
    ({"num_arms": 0}, "num_arms"),
    ({"num_arms": "many"}, "'num_arms' must be a"),
    ({"num_arm": 2}, "Unknown parameter num_arm (valid: model, scene, scene_changes, mode"),
    ({"model": "panda"}, "no built-in robot 'panda' (valid: fetch_arm"),
    ({"model": "/nowhere/arm.xml"}, "There is no robot file /nowhere/arm.xml"),
    ({"cameras": "back_camera"}, "Unknown cameras back_camera (valid: all, none, front_camera"),
    ({"image_quality": "best"}, "'fast' or 'high'"),
    ({"mode": "lockstep", "command_jitter": 0.1}, "command_jitter must be 0 in lockstep"),
    ({"observation_delay": 1.5}, "observation_delay"),
    ({"appearance_noise": -1.0}, "appearance_noise"),
    ({"control_rate": 30.3}, "must be a multiple of the model's timestep"),
]


@pytest.mark.parametrize("mode", ["lockstep", "realtime"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_with_zero_on_a_signal(start: Start, mode: str, number: int) -> None:
    simulator = start("sim_node", mode=mode)
    simulator.wait_for("drawn by")
    assert simulator.end(number) == 0
    assert "Traceback" not in simulator.output


@pytest.fixture(scope="module")
def refusals(tmp_path_factory: pytest.TempPathFactory) -> list[Result]:
    """What `sim_node` did with each of the wrong parameters."""
    lines = [ros_parameters(**parameters) for parameters, _ in WRONG]
    return run_command_lines("sim_node", lines, tmp_path_factory.mktemp("wrong"))


def assert_refused(code: int, output: str, sentence: str) -> None:
    assert code == 2, output
    (line,) = [line for line in output.splitlines() if not line.startswith("[INFO]")]
    assert line.startswith("sim_node: ")
    assert sentence in line


@pytest.mark.parametrize("case", range(len(WRONG)), ids=[sentence for _, sentence in WRONG])
def test_a_wrong_parameter_is_one_sentence(refusals: list[Result], case: int) -> None:
    assert_refused(refusals[case].code, refusals[case].output, WRONG[case][1])


def test_a_wrong_parameter_ends_the_process(start: Start, tmp_path: Path) -> None:
    parameters, sentence = WRONG[0]
    simulator = start("sim_node", **parameters)
    assert_refused(simulator.wait(20), simulator.output, sentence)
